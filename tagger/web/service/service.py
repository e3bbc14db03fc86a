"""The only way from the page and the APIs to a store.

A `Service` has one facade per subject, and nothing else. Callers use one method of one facade:
`service.tags.undo(number, by)`. The facades have no public attributes, and their methods return plain values, so
callers cannot reach stores, models or processes through them. User errors are raised as `TagweaveError`.
`tests/tagger/web/service/test_facade.py` checks this.
"""

from collections.abc import Callable

from index.store import Store
from tagger.evaluation.drift import DriftMonitor
from tagger.feedback.decisions import DecisionService
from tagger.feedback.merge_suggestions import LikelyMerges
from tagger.feedback.refit import BackgroundRefit
from tagger.jobs.corrected_file import CorrectedFiles
from tagger.jobs.evaluate_file import JUDGED, evaluating
from tagger.jobs.file_jobs import RESULTS, Batches, tagging
from tagger.jobs.quality_report import Quality
from tagger.search.browse import Browser
from tagger.search.embedding_map import CatalogueMap
from tagger.web.scheduling.metrics import Metrics
from tagger.web.service.catalogue import CatalogueFacade
from tagger.web.service.decisions import DecisionFacade
from tagger.web.service.open_models import OpenModels
from tagger.web.service.quality import QualityFacade
from tagger.web.service.review import ReviewFacade
from tagger.web.service.rules import RulesFacade
from tagger.web.service.tagging import TaggingFacade
from tagger.web.service.tags import TagFacade
from tagger.web.service.training import TrainingFacade
from tagger.web.service.uploads import UploadFacade, background_engine, background_judge


class Service:
    """The facades over one store, with shared models. Thread-safe."""

    def __init__(self, store: Store, metrics: Metrics | None = None) -> None:
        models, drift = OpenModels(store), DriftMonitor()
        browser = Browser(store.catalogue, models.similarity_index)
        refit = BackgroundRefit(store.folder)
        decisions = DecisionService(store, browser.vocabulary, _decided_on(models, refit))
        self.tagging = TaggingFacade(store, models, drift, metrics)
        files = Batches(store.folder / "batches", tagging(store, background_engine(self.tagging)), RESULTS)
        evaluations = Batches(store.folder / "evaluations", evaluating(store, background_judge(models)), JUDGED)
        drawing = CatalogueMap(browser, models.similarity_index)
        self.catalogue = CatalogueFacade(store, browser, drawing, decisions.writing)
        self.decisions = DecisionFacade(decisions)
        self.tags = TagFacade(decisions.tag_edits, browser, LikelyMerges(store.catalogue, models.encoder))
        self.review = ReviewFacade(store, decisions, browser, models, refit)
        self.files = UploadFacade(files, CorrectedFiles(store, files))
        self.evaluations = UploadFacade(evaluations)
        self.quality = QualityFacade(Quality(store, evaluations), evaluations, drift)
        self.training = TrainingFacade(store)
        self.rules = RulesFacade(store)


def _decided_on(models: OpenModels, refit: BackgroundRefit) -> Callable[[str], None]:
    def decided_on(text: str) -> None:
        models.keep_vector(text)
        refit.decided()

    return decided_on

"""Let a large model label products, so that the small models learn from it."""

from dataclasses import dataclass
from pathlib import Path

from index.batching import report_batches
from index.errors import BadInput, BadSetting, TagweaveError
from index.messages import english_texts
from index.progress import Progress
from index.store import TEACHER, Store
from tagger.fitting.teacher_labels import labels_in_force, publish_labels
from tagger.fusion.fuser import candidates_for_review
from tagger.llm.answer_cache import LEDGER
from tagger.llm.budget import spent_so_far
from tagger.load import adapter_of, encoder_of, open_pipeline, resources_of
from tagger.plugins import PluginSettings, Resources, Reviews, Trainable, create_tagger
from tagger.settings import Settings
from tagger.types import NotAsked, Ranking
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import canonical

_BATCH = 64
# A tag is a label if the teacher says yes rather than no.
_LEAST = 0.5
_MOST_TAGS = 30


@dataclass(frozen=True)
class Distilled:
    """The numbers of products that the teacher was shown, of those that got labels, and of these labels.

    `spent_tokens` and `spent_money` are what all questions of the store have cost so far. `without` has the last reason
    for which a product got no answer, if there was one.
    """

    products: int
    labelled: int
    tags: int
    spent_tokens: int
    spent_money: float
    without: dict[str, str]


def distill(folder: Path, settings: Settings, progress: Progress, *, products: int, wait_s: float = 0.0) -> Distilled:
    """Ask the teacher about this many unlabelled products, and keep its answers as labels; `fit` learns from them.

    The products are the same each time, so that a second call with more of them asks about the further ones only,
    unless a fit in between changed the candidates. Only tags of the vocabulary become labels. Raises `BadSetting` if no
    reviewing tagger is enabled, `MissingArtifact` before the first `fit`, `BadInput` if all products have labels.
    """
    store = Store.open(folder, settings.catalogue)
    resources = resources_of(store, settings, encoder_of(store, settings), adapter_of(store))
    name, teacher = _teacher(settings, resources)
    asked = [each for each in store.catalogue.sample(products) if not each.tags]
    if not asked:
        raise BadInput("distill.all-labelled", folder=folder)
    labelled = canonical(store.catalogue.products(labelled=True), resources.vocabulary)
    if isinstance(teacher, Trainable) and labelled:
        teacher.fit(labelled)
    pipeline = open_pipeline(store).quick()
    labels: dict[str, list[str]] = {}
    without = {}
    for batch in report_batches(asked, _BATCH, "distill", progress):
        rankings = pipeline.rankings(batch)
        candidates = pipeline.to_current_names(candidates_for_review(rankings, len(batch)))
        for product, answer in zip(batch, teacher.review(batch, candidates, _MOST_TAGS, 0), strict=True):
            if tags := _labels(answer, resources.vocabulary):
                labels[product.id] = tags
            if isinstance(answer, NotAsked) and answer.reason:
                without[name] = answer.reason
    if not labels and without:
        raise TagweaveError(without[name])
    with Store.writer(folder, settings.catalogue, wait_s=wait_s) as writer:
        publish_labels(writer, labels, {"teacher": name, "products": len(asked), "labelled": len(labels)})
    spent = spent_so_far(store.cache / LEDGER)
    return Distilled(
        products=len(asked),
        labelled=len(labels),
        tags=sum(map(len, labels.values())),
        spent_tokens=spent.tokens,
        spent_money=spent.money,
        without=english_texts(without),
    )


def undo_distillation(folder: Path, settings: Settings, *, wait_s: float = 0.0) -> bool:
    """Delete the teacher's labels; the next `fit` learns from people's alone. Return whether there were any."""
    with Store.writer(Store.open(folder).folder, settings.catalogue, wait_s=wait_s) as store:
        there = labels_in_force(store) is not None
        store.withdraw(TEACHER)
        store.sweep()
    return there


def _teacher(settings: Settings, resources: Resources) -> tuple[str, Reviews]:
    for name, section in settings.taggers.items():
        if section.enabled is True:
            tagger = create_tagger(PluginSettings(name, section.plugin or name, section.options), resources)
            if isinstance(tagger, Reviews):
                return name, tagger
    raise BadSetting("distill.no-teacher")


def _labels(answer: Ranking, vocabulary: Vocabulary) -> list[str]:
    return [each.tag for each in answer if each.score >= _LEAST and each.tag in vocabulary]

"""Fitting again after decisions: what is fitted, what stays, and that others may write meanwhile."""

from collections.abc import Callable, Sequence
from pathlib import Path

from index.catalogue.decision import DecisionDraft
from index.product import Product
from index.store import FITTED, Store
from tagger.feedback.refit import BackgroundRefit, StagedStore, refit
from tagger.fit import Report
from tagger.load import open_pipeline
from tagger.vocabulary import Vocabulary

KINDS = ("kettle", "mug", "lamp")
QUICK = ("prior", "lexical", "knn")
Fit = Callable[..., tuple[Store, Report]]


def make_products(count: int) -> list[Product]:
    """Products whose titles name their tags, and three without tags that resemble one another."""
    kinds = [KINDS[number % 3] for number in range(count)]
    labelled = [Product(str(number), f"{kind} no {number}", tags=(kind,)) for number, kind in enumerate(kinds)]
    return [*labelled, *(Product(f"s{number}", f"sofa zzyzx no {number}") for number in range(3))]


def decide(store: Store, ids: Sequence[str]) -> None:
    products = store.catalogue.get(ids)
    store.decisions.decide([DecisionDraft("add", product, "sofa", "Ann") for product in products])


def files(folder: Path, taggers: Sequence[str]) -> dict[str, bytes]:
    paths = [path for name in taggers for path in sorted((folder / name).rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_the_quick_taggers_learn_a_new_tag_and_the_others_stay(fitted: Fit) -> None:
    store, report = fitted(make_products(48))
    former, about = store.published(FITTED)
    slow = [name for name in report.taggers if name not in QUICK]
    kept = files(former, slow)
    decide(store, ["s0", "s1"])
    assert not any(each.tag == "sofa" for each in open_pipeline(store).taggers["knn"].suggest([PRODUCT], 5)[0])
    # Decisions are taken while it fits: the writer's lock is free until the end.
    refit(store.folder, few=40)
    folder, now = store.published(FITTED)
    assert files(folder, slow) == kept
    assert kept
    assert (about["products"], now["products"], now["fingerprint"]) == (48, 50, about["fingerprint"])
    pipeline = open_pipeline(store)
    assert pipeline.taggers["knn"].suggest([PRODUCT], 5)[0][0].tag == "sofa"
    assert pipeline.fuser.knows("sofa")
    assert not list(store.folder.glob(".refit-*"))


PRODUCT = Product("new", "sofa zzyzx no 99")


def test_a_store_with_a_vocabulary_and_no_models_is_fitted(tmp_path: Path, third_party: None) -> None:
    folder = tmp_path / "store"
    with Store.writer(folder, create=True) as store:
        store.catalogue.set_labels(Vocabulary().with_tags(["kettle", "mug"]).rows(), [])
        store.catalogue.upsert([Product("1", "kettle no 1"), Product("2", "mug no 2")])
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    background = BackgroundRefit(folder, every=2)
    background.decided()
    background.wait()
    assert FITTED not in store.manifest().publications
    background.decided()
    background.wait()
    assert FITTED in store.manifest().publications
    assert open_pipeline(store).suggest([Product("3", "a mug")], 1)[0][0].tag == "mug"


SETTINGS = """
[encoder]
plugin = "acme-pairs"
[index]
plugin = "flat"
[taggers.generator]
enabled = false
"""


def test_models_that_somebody_else_published_meanwhile_stay(tmp_path: Path) -> None:
    with Store.writer(tmp_path / "store", create=True) as store:
        pass
    with StagedStore(store.folder).publication(FITTED, {"by": "the slow"}) as folder:
        (folder / "late").touch()
        with Store.writer(store.folder) as writer, writer.publication(FITTED, {"by": "the quick"}) as other:
            (other / "early").touch()
    folder, about = store.published(FITTED)
    assert (about["by"], [path.name for path in folder.iterdir()]) == ("the quick", ["early"])
    with StagedStore(store.folder).publication(FITTED, {"by": "the next"}) as folder:
        (folder / "next").touch()
    folder, about = store.published(FITTED)
    assert (about["by"], [path.name for path in folder.iterdir()]) == ("the next", ["next"])

import pytest

from index.errors import BadInput, MissingArtifact
from index.product import Product
from index.store import FITTED, Store
from tagger.evaluation.error_analysis import TagFigures
from tagger.jobs.evaluate_file import JUDGED, evaluating
from tagger.jobs.file_jobs import Batches
from tagger.jobs.quality_report import Quality, sort_figures


def nobody(products):
    raise AssertionError("nobody is asked")


def quality_of(store):
    return Quality(store, Batches(store.folder / "evaluations", evaluating(store, nobody), JUDGED))


def test_a_fitted_store_tells_how_good_its_taggers_were_on_products_they_had_not_seen(shop):
    measured = quality_of(shop.store).of_store()
    assert len(measured.held.ids) == 156
    assert next(iter(measured.board)) == "fused"
    assert {*measured.board} == {"fused", *shop.report.taggers}
    about = shop.store.published(FITTED)[1]
    assert measured.held.thresholds == {"fused": about["threshold"], **about["thresholds"]}
    # The published pipeline was trained on these products and is nearly always right on them; the report is held out.
    products = {product.id: product for product in shop.store.catalogue.products(labelled=True)}
    learnt = shop.pipeline.suggest([products[id] for id in measured.held.ids[:40]], 5)
    assert [list(each) for each in learnt] != [ranking[:5] for ranking in measured.held.rankings["fused"][:40]]


def test_what_it_says_of_a_system_adds_up(shop):
    measured = quality_of(shop.store).of_store()
    found = measured.diagnose(measured.setting("fused", ""))
    right = sum(each.right for each in found.tags)
    assert found.share[0] == pytest.approx(right / sum(each.accepted for each in found.tags))
    assert found.share[1] == pytest.approx(right / sum(each.wanted for each in found.tags))
    precision, recall = found.share
    assert 2 * precision * recall / (precision + recall) == pytest.approx(measured.board["fused"]["micro_f1"])
    assert sum(each.suggestions for each in found.bins) == sum(map(len, measured.held.rankings["fused"]))
    missed = {each.tag for each in found.tags if each.right < each.wanted}
    assert {each.missed for each in found.confusions} <= missed


def test_a_lower_threshold_finds_more(shop):
    measured = quality_of(shop.store).of_store()
    low, high = (measured.diagnose(measured.setting("fused", rule)).share for rule in ("0.1", "0.9"))
    assert low[1] > high[1]
    assert low[0] < high[0]


@pytest.mark.parametrize("rule", ["2", "-0.1", "nan", "1e-3", "0.5; drop", "<b>"])
def test_a_rule_that_is_no_threshold_is_refused(shop, rule):
    with pytest.raises(BadInput, match="a threshold must be a number from 0 to 1, not"):
        quality_of(shop.store).of_store().setting("fused", rule)


def test_a_system_that_there_is_not_is_refused_by_name(shop):
    with pytest.raises(BadInput, match="no results for 'none'; available: fused, "):
        quality_of(shop.store).of_store().setting("none", "")


def test_a_store_with_too_few_products_says_so(fitted):
    store, _ = fitted([Product(str(number), "mug", tags=("mug",)) for number in range(5)])
    with pytest.raises(MissingArtifact, match="too few products have tags: fit held none out"):
        quality_of(store).of_store()


def test_a_store_that_was_never_fitted_says_what_to_run(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store:
        with pytest.raises(MissingArtifact, match="run: tagweave fit"):
            quality_of(store).of_store()


def test_the_figures_are_read_once_and_again_after_a_fit(fitted):
    kinds = [("mug", "lamp")[number % 2] for number in range(48)]
    products = [Product(f"{number}", f"{kind} {number}", tags=(kind,)) for number, kind in enumerate(kinds)]
    store, _ = fitted(products, fusion={"ranker": {"rounds": 5}})
    quality = quality_of(store)
    first = quality.of_store()
    assert quality.of_store() is first
    fitted(products[:44], fusion={"ranker": {"rounds": 5}})
    assert quality.of_store() is not first


TAGS = [TagFigures("a", 9, 9, 9), TagFigures("b", 8, 2, 1), TagFigures("c", 4, 8, 4), TagFigures("d", 1, 0, 0)]


@pytest.mark.parametrize(
    ("order", "expected"), [("products", "abcd"), ("missed", "bdac"), ("wrong", "cbad"), ("f1", "dbca")]
)
def test_tags_are_ordered_by_what_is_asked(order, expected):
    assert "".join(each.tag for each in sort_figures(TAGS, order)) == expected

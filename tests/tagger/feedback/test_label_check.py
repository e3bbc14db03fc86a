"""The check of a store's labels, on a fitted store in which some labels are wrong."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.catalogue.decision import DecisionDraft
from index.errors import MissingArtifact
from index.product import Product
from index.store import FITTED, Store
from tagger.evaluation import label_errors
from tagger.feedback.label_check import check_labels

Fit = Callable[..., tuple[Store, object]]

KINDS = ("kettle", "mug", "lamp", "fridge")


def make_products() -> list[Product]:
    """60 products whose titles name their tags, except one that has another tag and one that lacks one."""
    kinds = [KINDS[number % 4] for number in range(60)]
    made = [Product(str(number), f"{kind} no {number}", tags=(kind, "home")) for number, kind in enumerate(kinds)]
    made[0] = Product("0", made[0].title, tags=("lamp", "home"))
    made[1] = Product("1", made[1].title, tags=("home",))
    return made


def test_wrong_and_missing_tags_are_listed_until_they_are_corrected(fitted: Fit, tmp_path: Path) -> None:
    store, _ = fitted(make_products())
    checked = check_labels(store, 3)
    assert (checked.products, checked.labels) == (60, 119)
    assert checked.found >= 3
    assert {(each.product, each.tag, each.instead, each.title) for each in checked.errors} == {
        ("0", "lamp", "", "kettle no 0"),
        ("0", "", "kettle", "kettle no 0"),
        ("1", "", "mug", "mug no 1"),
    }
    former = Store.open(Path(shutil.copytree(store.folder, tmp_path / "former")))
    _forget(former, label_errors.FILE)
    assert check_labels(former, 3) == checked, "a store of before is checked by the predictions that it kept"
    zero, one = store.catalogue.get(["0", "1"])
    # The first is right after all; the second gets its tag.
    store.decisions.decide([DecisionDraft("accept", zero, "lamp", "Ann"), DecisionDraft("add", one, "mug", "Ann")])
    [first] = check_labels(store, 1).errors
    assert (first.product, first.tag, first.instead) == ("0", "", "kettle")
    assert check_labels(store, 1).found == checked.found - 2


def test_too_few_labels_are_not_checked(fitted: Fit) -> None:
    store, _ = fitted(make_products()[:6])
    with pytest.raises(MissingArtifact, match="too few labelled products"):
        check_labels(store, 10)


def _forget(store: Store, name: str) -> None:
    """Take a file out of the fitted models, as if it had never been written."""
    folder, about = store.published(FITTED)
    with store.publication(FITTED, dict(about)) as building:
        shutil.copytree(folder, building, dirs_exist_ok=True, ignore=shutil.ignore_patterns(name))

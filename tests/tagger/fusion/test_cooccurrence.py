from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from index.product import Product
from tagger.fusion.cooccurrence import TagBlock, TagStatistics

LEARNT = [
    Product("1", "x", tags=("mug", "red")),
    Product("2", "x", tags=("mug", "red", "gift")),
    Product("3", "x", tags=("mug",)),
    Product("4", "x", tags=("lamp",)),
]
STATISTICS = TagStatistics.of(LEARNT)


def _block(tags: Sequence[str]) -> TagBlock:
    [block] = STATISTICS.blocks(tags, [0, len(tags)])
    return block


def _support(tags: Sequence[str], strengths: np.ndarray) -> np.ndarray:
    return _block(tags).support(strengths)


def test_a_tag_counts_its_products() -> None:
    assert [STATISTICS.count(tag) for tag in ("mug", "red", "gift", "lamp", "none")] == [3, 2, 1, 1, 0]


def test_support_is_the_chance_of_a_tag_given_another_with_two_products_of_doubt() -> None:
    support = _support(["mug", "red"], np.array([1.0, 1.0]))
    # P(mug | red) = 2 / (2 + 2), P(red | mug) = 2 / (3 + 2).
    assert support == pytest.approx([2 / 4, 2 / 5])


def test_stronger_tags_speak_louder() -> None:
    support = _support(["mug", "red", "gift"], np.array([0.5, 0.3, 0.1]))
    mug = (0.3 * 2 / 4 + 0.1 * 1 / 3) / (0.3 + 0.1)
    red = (0.5 * 2 / 5 + 0.1 * 1 / 3) / (0.5 + 0.1)
    gift = (0.5 * 1 / 5 + 0.3 * 1 / 4) / (0.5 + 0.3)
    assert support == pytest.approx([mug, red, gift])


def test_tags_that_never_go_together_do_not_support_each_other() -> None:
    assert _support(["lamp", "mug"], np.array([1.0, 1.0])).tolist() == [0, 0]


def test_an_unknown_tag_neither_has_nor_gives_support() -> None:
    support = _support(["red", "new", "mug"], np.array([1.0, 9.0, 1.0]))
    assert support == pytest.approx([2 / 5, 0, 2 / 4])


@pytest.mark.parametrize("tags", [[], ["mug"], ["new"], ["mug", "new"]])
def test_a_tag_alone_has_no_support(tags: list[str]) -> None:
    assert _support(tags, np.ones(len(tags))).tolist() == [0] * len(tags)


def test_no_strength_at_all_is_no_support() -> None:
    assert _support(["mug", "red"], np.zeros(2)).tolist() == [0, 0]


def test_tags_are_counted_one_by_one_and_two_by_two() -> None:
    block = _block(["red", "new", "mug", "gift"])
    assert block.counts.tolist() == [[2, 0, 3, 1]]
    # Both products with "red" have "mug", and one has "gift". A tag is not counted with itself.
    assert block.together.tolist() == [[[0, 0, 2, 1], [0, 0, 0, 0], [2, 0, 0, 1], [1, 0, 1, 0]]]
    assert STATISTICS.products == 4


@pytest.mark.parametrize(("tags", "expected"), [(["new"], [0]), (["mug"], [3])])
def test_a_tag_alone_is_together_with_none(tags: list[str], expected: list[float]) -> None:
    block = _block(tags)
    assert block.counts.tolist() == [expected]
    assert block.together.tolist() == [[[0]] * len(tags)]


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    STATISTICS.save(tmp_path)
    loaded = TagStatistics.load(tmp_path)
    tags, strengths = ["mug", "red", "gift", "lamp", "new"], np.array([0.9, 0.5, 0.4, 0.2, 0.1])
    assert [loaded.count(tag) for tag in tags] == [STATISTICS.count(tag) for tag in tags]
    [again] = loaded.blocks(tags, [0, 5])
    assert again.support(strengths).tolist() == _support(tags, strengths).tolist()
    assert again.together.tolist() == _block(tags).together.tolist()
    assert loaded.products == 4

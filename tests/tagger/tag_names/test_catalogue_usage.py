import numpy as np
import pytest

from index.vectors.base import unit_rows
from tagger.tag_names.catalogue_usage import CatalogueUsage, learn_usage

NONE_NAMED = np.zeros((4, 2), bool)
TEXTS = unit_rows(np.array([[1, 0, 0], [1, 0.1, 0], [0, 1, 0], [0, 1, 0.1]], np.float32))


def test_names_move_towards_the_texts_that_belong_to_their_tag() -> None:
    similarity = np.array([[5, 0], [5, 0], [0, 5], [0, 5]], float)
    usage = learn_usage(TEXTS, ["mug", "lamp"], [similarity], [NONE_NAMED])
    names = unit_rows(np.ones((2, 3), np.float32))
    mug, lamp = usage.move(names, ["mug", "lamp"])
    # Two texts are all of a tag's weight: it moves by 2 / (2 + 5) of the way from the mean of all texts.
    assert usage.moves[0] == pytest.approx(2 / 7 * (TEXTS[:2].mean(axis=0) - TEXTS.mean(axis=0)), abs=1e-3)
    assert mug @ TEXTS[0] > names[0] @ TEXTS[0] > mug @ TEXTS[2]
    assert lamp @ TEXTS[2] > names[1] @ TEXTS[2] > lamp @ TEXTS[0]


def test_a_name_in_the_text_decides_between_tags_that_are_equally_similar() -> None:
    named = np.array([[False, True]] * 2 + [[False, False]] * 2)
    usage = learn_usage(TEXTS, ["mug", "lamp"], [np.zeros((4, 2))], [named])
    [lamp] = usage.move(unit_rows(np.ones((1, 3), np.float32)), ["lamp"])
    assert lamp[0] > lamp[1]


def test_parts_give_the_same_as_all_texts_at_once() -> None:
    similarity = np.array([[2, 0], [1, 0], [0, 1], [0, 3]], float)
    whole = learn_usage(TEXTS, ["mug", "lamp"], [similarity], [NONE_NAMED])
    parts = learn_usage(TEXTS, ["mug", "lamp"], [similarity[:3], similarity[3:]], [NONE_NAMED[:3], NONE_NAMED[3:]])
    assert parts.moves == pytest.approx(whole.moves, abs=1e-3)


def test_a_tag_that_was_not_learnt_stays_where_it_is() -> None:
    usage = CatalogueUsage(TEXTS, ["mug"], np.ones((1, 3), np.float32))
    names = unit_rows(np.array([[1, 0, 0], [1, 0, 0]], np.float32))
    moved = usage.move(names, ["lamp", "mug"])
    assert moved[0].tolist() == names[0].tolist()
    assert moved[1].tolist() != names[1].tolist()


def test_a_text_is_drawn_to_the_texts_near_it_and_more_so_in_a_larger_catalogue() -> None:
    text = unit_rows(np.array([[0.8, 0.6, 0.3]], np.float32))
    few, many = (CatalogueUsage(np.tile(TEXTS, (times, 1))).expand(text) for times in (1, 100))
    near = TEXTS[1]
    assert text[0] @ near < few[0] @ near < many[0] @ near
    assert np.linalg.norm(many[0]) == pytest.approx(1, abs=1e-6)


def test_a_text_is_expanded_alike_alone_and_with_others() -> None:
    usage, queries = CatalogueUsage(TEXTS), TEXTS[::-1].copy()
    alone = np.concatenate([usage.expand(queries[row : row + 1]) for row in range(4)])
    assert alone == pytest.approx(usage.expand(queries), abs=1e-6)

from math import log1p

import numpy as np
import pytest

from index.product import Product
from tagger.taggers.phrase.counts import Numbers, PhraseCounts, look_up
from tagger.taggers.phrase.features import columns
from tagger.taggers.phrase.spans import Gap, spans_of

COUNTS = PhraseCounts(
    owners={"acme": "acme", "steel mug": "mug"},
    words={"acme": 0, "steel": 1, "mug": 2, "by": 3},
    # Texts with the word, inside a tag, right after a tag, right before a tag.
    places=np.array([[4, 4, 0, 1], [10, 2, 3, 0], [8, 6, 0, 2], [5, 0, 0, 5]]),
    texts={"acme": 4, "steel mug": 3},
    right={"acme": 3, "steel mug": 3},
    tags={"acme": 5, "mug": 7},
)


def _of(*products: Product) -> dict[tuple[int, str], dict[str, float]]:
    spans = spans_of(products)
    found = columns(spans, look_up(COUNTS, spans))
    rows = np.column_stack(list(found.values())).tolist()
    keys = zip(spans.product.tolist(), spans.phrases, strict=True)
    return {key: dict(zip(found, row, strict=True)) for key, row in zip(keys, rows, strict=True)}


def _share(times: int, texts: int) -> float:
    """Return a word's share, smoothed with two pseudo-texts at a share of one tenth."""
    return (times + 2 * 0.1) / (texts + 2)


TEXT = Product("p", "Acme steel mug (XL)", "By hand")


def test_a_phrase_is_described_by_how_it_is_written() -> None:
    phrase = _of(TEXT)[0, "steel mug"]
    written = {
        "place": 1, "start": 5, "words": 2, "characters": 9,
        "case of the first word": 1, "case of the last word": 1, "case of the next word": 3,
        "script of the first word": 1, "script of the last word": 1, "script of the next word": 1,
        "gap before": Gap.SPACE, "gap after": Gap.OPENING,
        # The title has 19 characters; the phrase ends at 14.
        "left of the title": 5,
    }  # fmt: skip
    assert {name: phrase[name] for name in written} == written


def test_what_stands_beyond_the_title_has_less_than_nothing_left_of_it() -> None:
    # "hand" ends at 27 of "Acme steel mug (XL)\nBy hand".
    assert _of(TEXT)[0, "hand"]["left of the title"] == 19 - 27


def test_a_phrase_is_described_by_how_often_it_and_its_words_were_met() -> None:
    phrase = _of(TEXT)[0, "steel mug"]
    met = {
        "texts with the phrase": log1p(3), "products with the tag": log1p(7), "share right": (3 + 0.1) / (3 + 1),
        "texts with the first word": log1p(10), "texts with the last word": log1p(8),
        "texts with the rarest word": log1p(8), "texts with the commonest word": log1p(10),
        "texts with the previous word": log1p(4), "texts with the next word": 0,
    }  # fmt: skip
    assert {name: phrase[name] for name in met} == pytest.approx(met)


def test_a_phrase_is_described_by_how_its_words_and_their_neighbours_stood_to_tags() -> None:
    phrase = _of(TEXT)[0, "steel mug"]
    stood = {
        "first word in tags": _share(2, 10), "last word in tags": _share(6, 8),
        "least of its words in tags": _share(2, 10), "most of its words in tags": _share(6, 8),
        "previous word in tags": _share(4, 4), "next word in tags": _share(0, 0),
        "next word after tags": _share(0, 0), "last word after tags": _share(0, 8),
        "previous word before tags": _share(1, 4), "first word before tags": _share(0, 10),
    }  # fmt: skip
    assert {name: phrase[name] for name in stood} == pytest.approx(stood)
    assert _of(TEXT)[0, "hand"]["previous word before tags"] == pytest.approx(_share(5, 5))


def test_a_phrase_is_described_by_how_surely_known_tags_cover_what_is_around() -> None:
    found = _of(TEXT)
    acme, mug = (3 + 0.1) / (4 + 1), (3 + 0.1) / (3 + 1)
    # "mug" alone is not a tag, but "steel mug" covers it.
    assert found[0, "mug"]["covered"] == pytest.approx(mug)
    assert found[0, "acme"]["covered"] == pytest.approx(acme)
    assert found[0, "acme steel"]["covered"] == pytest.approx(max(acme, mug))
    assert found[0, "acme"]["next word covered"] == pytest.approx(mug)
    assert found[0, "xl"]["previous word covered"] == pytest.approx(mug)
    assert found[0, "hand"]["covered"] == found[0, "hand"]["previous word covered"] == 0
    # Every phrase has the feature of the text's opening.
    assert [phrase["opening covered"] for phrase in found.values()] == pytest.approx([acme] * len(found))


def test_at_a_texts_ends_the_words_beside_are_missing() -> None:
    [phrase] = _of(Product("p", "Acme")).values()
    missing = {name for name, value in phrase.items() if np.isnan(value)}
    assert missing == {
        "case of the next word", "script of the next word", "texts with the previous word", "texts with the next word",
        "previous word in tags", "next word in tags", "next word after tags", "previous word before tags",
        "next word covered", "previous word covered",
    }  # fmt: skip


def test_a_text_is_described_the_same_alone_and_among_others() -> None:
    others = [Product("1", "Steel mug"), Product("2", ""), TEXT, Product("4", "Acme")]
    together, alone = _of(*others), _of(TEXT)
    for (_, phrase), numbers in alone.items():
        assert together[2, phrase] == pytest.approx(numbers, nan_ok=True)
    assert together[3, "acme"]["opening covered"] == pytest.approx(3.1 / 5)
    # For "steel mug": right in 3 of 3 texts.
    assert together[0, "mug"]["opening covered"] == pytest.approx(3.1 / 4)


def test_a_phrase_that_was_right_more_often_than_it_was_kept_is_no_surer_than_always() -> None:
    spans = spans_of([Product("p", "Acme")])
    nothing = np.zeros((1, 4), np.int64)
    # A phrase of a single text counts as having no text, even if it was right there: 1.1 / 2.
    numbers = Numbers(nothing, np.array([0]), np.array([1]), np.array([1]))
    assert columns(spans, numbers)["share right"].tolist() == [pytest.approx(1.1 / 2)]


def test_no_text_has_no_rows_but_all_columns() -> None:
    spans = spans_of([Product("p", "☃"), Product("q", "")])
    found = columns(spans, look_up(COUNTS, spans))
    assert {len(column) for column in found.values()} == {0}
    some = spans_of([TEXT])
    assert list(found) == list(columns(some, look_up(COUNTS, some)))

"""Finding the words that support a tag, with a tagger whose scores are known."""

from collections.abc import Sequence

from tagger.taggers.occlusion import occlusion
from tagger.taggers.word_features import leave_out
from tagger.types import Evidence, Span

WHOLE = {"cold": 0.9}


Parts = Sequence[Sequence[Span]]


def texts_without(text: str, parts: Parts) -> list[str]:
    return [leave_out(text, [(span.start, span.end) for span in spans]) for spans in parts]


def score(text: str, parts: Parts) -> list[dict[str, float]]:
    """Score "cold" by the number of words for cold in the text, and suggest "thing" for every text."""
    return [{"cold": (0.05, 0.6, 0.97)[_words_of_cold(each)], "thing": 0.5} for each in texts_without(text, parts)]


def _words_of_cold(text: str) -> int:
    return min(2, ("ice" in text) + ("frozen" in text))


def occluded(text: str, tags: Sequence[str]) -> dict[str, Evidence]:
    return occlusion(score, text, *score(text, [[]]), tags)


def test_the_words_without_which_the_tag_is_less_probable_are_found_at_all_their_places() -> None:
    found = occluded("ice box, frozen: ice", ["cold", "thing"])
    assert found["cold"].spans == (Span(0, 3, "ice"), Span(9, 15, "frozen"), Span(17, 20, "ice"))


def test_a_tag_that_no_word_speaks_for_has_none() -> None:
    assert set(occluded("ice box", ["cold", "thing", "unknown"])) == {"cold"}


def test_a_word_is_left_out_whole_and_its_neighbours_stay_apart() -> None:
    asked: list[str] = []

    def remembering(text: str, parts: Parts) -> list[dict[str, float]]:
        asked.extend(texts_without(text, parts))
        return score(text, parts)

    occlusion(remembering, "冰箱ice ice,box", WHOLE, ["cold"])
    assert asked == [" ice ice,box", "冰箱   ,box", "冰箱ice ice, "]


def test_nothing_is_asked_where_there_is_no_word_or_no_tag_that_is_probable() -> None:
    def never(text: str, parts: Parts) -> list[dict[str, float]]:
        raise AssertionError(text, parts)

    assert occlusion(never, "… !", WHOLE, ["cold"]) == {}
    assert occlusion(never, "ice", WHOLE, []) == {}
    assert occlusion(never, "ice", {"cold": 0.09}, ["cold"]) == {}


def test_of_a_long_text_the_beginning_is_looked_at() -> None:
    asked: list[int] = []

    def counting(text: str, parts: Parts) -> list[dict[str, float]]:
        asked.append(len(parts))
        return score(text, parts)

    occlusion(counting, " ".join(f"w{n}" for n in range(5000)), WHOLE, ["cold"])
    assert asked == [48]

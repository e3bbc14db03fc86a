import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.product import Product
from index.text.normal_form import FOLDED, VERSION
from tagger.taggers.phrase.spans import LONGEST, MOST_WORDS, Gap, Spans, spans_of
from tagger.vocabulary import fold


def _of(title: str, description: str = "", version: int = VERSION) -> Spans:
    return spans_of([Product("p", title, description)], version)


def test_every_run_of_words_is_a_phrase_in_the_order_of_the_text() -> None:
    spans = _of("Red steel mug")
    assert spans.phrases == ["red", "red steel", "red steel mug", "steel", "steel mug", "mug"]
    assert list(zip(spans.first.tolist(), spans.last.tolist(), strict=True)) == [
        (0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2),
    ]  # fmt: skip
    assert spans.written(4, "Red steel mug") == (4, 13, "steel mug")


def test_a_phrase_has_four_words_at_most() -> None:
    # Six words give 6 + 5 + 4 + 3 phrases of one to four words.
    spans = _of("one two three four five six")
    assert len(spans.phrases) == 6 + 5 + 4 + 3
    assert int((spans.last - spans.first).max()) + 1 == LONGEST == 4


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Mug (red)", ["mug", "red"]),
        ("【美的】冰箱", ["美的", "冰箱"]),
        ("red, mug", ["red", "red mug", "mug"]),
        ("red/mug", ["red", "red mug", "mug"]),
        ("red - mugs", ["red", "red mug", "mug"]),
        ("L’Oréal AT&T 2.5L", ["loreal", "loreal atandt", "loreal atandt 2.5l", "atandt", "atandt 2.5l", "2.5l"]),
        ("T-Shirts", ["t shirt"]),
        ("雙門冰箱", ["双门", "双门冰箱", "冰箱"]),
        # A number and its unit are one.
        ("冰箱450升", ["冰箱", "冰箱450l", "冰箱450l", "450l", "450l", "450l"]),
        ("2.5 L", ["2.5l", "2.5l", "2.5l"]),
        ("Ｔ恤", ["t", "t恤", "恤"]),
        ("red   mug", ["red", "red mug", "mug"]),
        ("a_b", ["a", "a b", "b"]),
        ("☃ …", []),
        ("", []),
    ],
)
def test_brackets_part_phrases_and_other_signs_do_not(text: str, phrases: list[str]) -> None:
    assert _of(text).phrases == phrases


def test_no_phrase_goes_on_from_the_title_into_the_description_or_into_another_text() -> None:
    spans = spans_of([Product("1", "Red", "mug"), Product("2", "Lamp"), Product("3", ""), Product("4", "", "chair")])
    assert spans.phrases == ["red", "mug", "lamp", "chair"]
    assert spans.product.tolist() == [0, 0, 1, 3]
    assert spans.tokens.previous.tolist() == [-1, 0, -1, -1]
    assert spans.tokens.next.tolist() == [1, -1, -1, -1]


def test_each_word_says_what_stands_around_it() -> None:
    tokens = _of("Acme Mug (XL) blue/red-hot – new,cheap", "By 手工做").tokens
    assert tokens.words[:9] == ["acme", "mug", "xl", "blue", "red hot", "new", "cheap", "by", "手工"]
    assert tokens.after.tolist()[:9] == [
        Gap.SPACE, Gap.OPENING, Gap.CLOSING, Gap.SLASH, Gap.DASH, Gap.OTHER, Gap.LINE, Gap.SPACE, Gap.NOTHING,
    ]  # fmt: skip
    assert tokens.before.tolist() == [Gap.EDGE, *tokens.after.tolist()[:-1]]
    assert tokens.after.tolist()[-1] == Gap.EDGE


def test_each_word_says_how_it_is_written() -> None:
    tokens = _of("Acme USB mug X 5in 12 Öl 冰箱").tokens
    # Capital first, all capitals, lower case, a single capital; digits count as lower case; non-ASCII has no case.
    assert tokens.case.tolist() == [2, 3, 1, 2, 1, 1, 0, 0]
    # Four words of letters, two with a digit, two non-ASCII.
    assert tokens.script.tolist() == [1, 1, 1, 1, 2, 2, 4, 4]


def test_each_word_knows_its_place_in_the_text_and_the_titles_length() -> None:
    tokens = _of("Red mug", "of steel").tokens
    assert tokens.place.tolist() == [0, 1, 2, 3]
    assert tokens.start.tolist() == [0, 4, 8, 11]
    assert tokens.end.tolist() == [3, 7, 10, 16]
    assert tokens.title.tolist() == [7] * 4


def test_only_the_beginning_of_a_text_is_read() -> None:
    spans = _of(" ".join(f"w{number}" for number in range(100)))
    assert spans.tokens.words == [f"w{number}" for number in range(MOST_WORDS)]
    # Text follows the last word read, although no phrase continues there.
    assert spans.tokens.after[-1] == Gap.SPACE
    assert spans.tokens.next[-1] == -1
    exactly = _of(" ".join(["w"] * MOST_WORDS))
    assert exactly.tokens.after[-1] == Gap.EDGE


def test_a_text_has_the_same_phrases_alone_and_among_others() -> None:
    products = [Product("1", "Red mug"), Product("2", ""), Product("3", "双门电冰箱 450升"), Product("4", "☃")]
    together = spans_of(products)
    for number, product in enumerate(products):
        alone = spans_of([product])
        mine = np.flatnonzero(together.product == number)
        assert [together.phrases[at] for at in mine] == alone.phrases
        assert [together.written(int(at), product.text) for at in mine] == [
            alone.written(at, product.text) for at in range(len(alone.phrases))
        ]


@example("İ ﷺ Ⅻ ﬁ")
@example("𠀀𠀁 冰箱豈㐀")
@example("'a' a''b -a- .5. &")
@given(st.text(max_size=60))
def test_a_phrase_is_what_stands_there_folded(text: str) -> None:
    spans = _of(text, version=FOLDED)
    text = Product("p", text).text
    for at, phrase in enumerate(spans.phrases):
        start, end, written = spans.written(at, text)
        assert 0 <= start < end <= len(text)
        assert text[start:end] == written
        assert fold(written) == phrase
        assert phrase


@given(st.text(st.sampled_from("冰箱洗衣机的了双门红色杯豈㐀々龥"), min_size=1, max_size=30))
def test_chinese_words_leave_nothing_out(text: str) -> None:
    tokens = _of(text, version=FOLDED).tokens
    read = text[: int(tokens.end[-1])]
    assert "".join(tokens.words) == fold("".join(read.split()))
    assert len(tokens.words) == MOST_WORDS or read == text

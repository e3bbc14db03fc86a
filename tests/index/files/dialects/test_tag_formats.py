import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import BadInput
from index.files.dialects.recognition import DIALECTS
from index.files.dialects.shop import Shop
from index.files.dialects.tag_formats import Separated
from index.files.tag_splitting import BARS, COMMAS, TagSplit

FORMATS = [(shop.name, source.format) for shop in DIALECTS if isinstance(shop, Shop) for source in shop.tags]
WORDS = st.lists(st.from_regex(r"[a-z]{2,8}( [a-z]{2,8})?", fullmatch=True), min_size=1, max_size=4, unique=True)


@pytest.mark.parametrize(
    ("format", "cell", "tags"),
    [
        (Separated(), "linen, summer", ["linen", "summer"]),
        (Separated(), '"Sale, big", linen', ["Sale, big", "linen"]),
        (Separated(), "Health &amp; Beauty,a", ["Health & Beauty", "a"]),
        (Separated(), '["a, b", "c"]', ["a, b", "c"]),
        (Separated(), "NULL", []),
        (Separated(",", escape="\\"), r"Nuts\, seeds, Oil", ["Nuts, seeds", "Oil"]),
        (Separated(",", path=">"), "A > B, C", ["A", "B", "C"]),
        (Separated(",", path="/", roots=("Default Category",)), "Default Category/A/B,Default Category", ["A", "B"]),
        (Separated(",", path=">", quoted=True), "Food, drink > Tea", ["Food, drink", "Tea"]),
        (Separated(",", path=">", quoted=True), '"A > B","C, D"', ["A", "B", "C, D"]),
    ],
)
def test_a_cell_is_split_as_the_format_says(format: Separated, cell: str, tags: list[str]) -> None:
    assert format.tags(cell) == tags


@pytest.mark.parametrize("format", [each for _, each in FORMATS], ids=[name for name, _ in FORMATS])
@given(tags=WORDS)
def test_what_is_joined_is_read_back(format: Separated, tags: list[str]) -> None:
    assert format.tags(format.join(tags)) == tags


def test_a_comma_in_a_tag_is_escaped_or_refused() -> None:
    assert Separated(",", escape="\\").join(["a, b", "c"]) == r"a\, b, c"
    with pytest.raises(BadInput, match="the tag 'a, b' cannot be written: a cell separates tags with ','"):
        Separated().join(["a, b"])


@given(st.lists(st.text("ab ,;|#'\"", min_size=1).map(str.strip).filter(bool), unique=True))
def test_a_split_column_holds_any_tags(tags: list[str]) -> None:
    for split in (TagSplit(BARS), TagSplit(BARS + COMMAS, found=","), TagSplit.named(";")):
        assert split.tags(split.join(tags)) == tags

import pytest

from index.errors import BadInput
from index.files.tag_splitting import TagColumn, TagSplit


def column(*cells: object) -> TagColumn:
    found = TagColumn()
    for cell in cells:
        found.add(cell)
    return found


@pytest.mark.parametrize(
    ("cells", "tags"),
    [
        (["linen, summer"], [["linen", "summer"]]),
        (["杯子、厨房", "碗、厨房"], [["杯子", "厨房"], ["碗", "厨房"]]),
        (["杯子，厨房", "碗"], [["杯子", "厨房"], ["碗"]]),
        (["杯子；厨房", "碗｜厨房"], [["杯子", "厨房"], ["碗", "厨房"]]),
        (["mug\nkitchen"], [["mug", "kitchen"]]),
        (["#mug #home decor", "#jug"], [["mug", "home decor"], ["jug"]]),
        (['"mug", "kitchen"'], [["mug", "kitchen"]]),
        (['"Salt, Sea", kitchen'], [["Salt, Sea", "kitchen"]]),
        (["['mug', 'kitchen']"], [["mug", "kitchen"]]),
        (["['mug' 'kitchen']"], [["mug", "kitchen"]]),
        (["[mug, kitchen]"], [["mug", "kitchen"]]),
        (["{mug,kitchen}"], [["mug", "kitchen"]]),
        (['["a|b", null, 3]'], [["a|b", None, 3]]),
        (['"[\\"a\\", \\"b\\"]"'], [["a", "b"]]),
        (['["[\\"a\\", \\"b\\"]"]'], [["a", "b"]]),
        (["Home > Kitchen > Mugs"], [["Home", "Kitchen", "Mugs"]]),
        (["Home>Kitchen, Sale"], [["Home", "Kitchen", "Sale"]]),
        (["> 30 cm"], [["> 30 cm"]]),
        (["Health &amp; Beauty", "Toys &amp; Games"], [["Health & Beauty"], ["Toys & Games"]]),
        # A bar says that a comma is part of a tag.
        (["Salt, Sea|kitchen", "pepper"], [["Salt, Sea", "kitchen"], ["pepper"]]),
        (["1,5 l, mug"], [["1,5 l", "mug"]]),
        (["1,2,3"], [["1", "2", "3"]]),
        (['tv, 27" screen'], [["tv", '27" screen']]),
        (["nan", "None", "NULL", "N/A", " ", "mug"], [[], [], [], [], [], ["mug"]]),
        (["a; b", "c, d", "e, f"], [["a", "b"], ["c", "d"], ["e", "f"]]),
        (["#1 seller", "mug", "jug"], [["#1 seller"], ["mug"], ["jug"]]),
    ],
)
def test_a_column_of_tags_is_split(cells: list[str], tags: list[list[object]]) -> None:
    split = column(*cells).split()
    assert [split.tags(cell) for cell in cells] == tags


def test_a_comma_in_tags_that_are_repeated_as_a_whole_separates_nothing() -> None:
    cells = ["Home, Garden & Tools", "Toys, Kids", "Beauty"] * 50
    split = column(*cells).split()
    assert split.tags(cells[0]) == ["Home, Garden & Tools"]
    assert split.found == ""
    assert split.score > 0.99


def test_the_score_is_the_share_of_the_separator_among_those_that_compete() -> None:
    split = column("a|b", "c|d", "e|f", "g, h").split()
    assert (split.found, split.score) == ("|", 0.75)


def test_a_separator_can_be_named() -> None:
    assert TagSplit.named(" / ").tags("a / b, c|d") == ["a", "b, c|d"]
    assert TagSplit.named("none").tags("a|b, c") == ["a|b, c"]
    assert TagSplit.named("\\n").tags("a\nb") == ["a", "b"]
    assert TagSplit.named(",").tags('["a|b", "c"]') == ["a|b", "c"]


def test_a_list_with_a_mistake_is_refused() -> None:
    with pytest.raises(BadInput, match="tags are not a JSON list"):
        TagSplit().tags('["b"')


def test_the_most_frequent_spelling_of_a_tag_is_the_usual_one() -> None:
    found = column("Mug|jug", "mug|Jug", "mug", ["MUG", "jug"])
    assert found.spellings(found.split()) == {"Mug": "mug", "MUG": "mug", "Jug": "jug"}

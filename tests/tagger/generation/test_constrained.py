import pytest
from tokenizers import Tokenizer

from index.encoders.weights import WeightsSettings
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.constrained import ClosedVocabulary
from tagger.generation.decoding import Pieces

END = 1
TAGS = ["mug", "mug stand", "马克杯", "red"]


@pytest.fixture
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    folder = find_base(T5_PRODUCTS, WeightsSettings(tmp_path_factory.mktemp("weights"))).folder
    return Pieces(Tokenizer.from_file(str(folder / "tokenizer.json")), END, 100)


def walk(closed: ClosedVocabulary, ids: list[int]) -> bool:
    """Return whether every piece of a sequence is allowed after the pieces before it."""
    return all(id in closed.allowed(ids[:place]) for place, id in enumerate(ids))


@pytest.mark.parametrize(
    "line", ["| mug", "| mug stand", "|马克杯", " A b C", " a| red| mug", "|马克杯| mug stand| red"]
)
def test_tags_of_the_vocabulary_may_be_written(pieces: Pieces, line: str) -> None:
    [ids] = pieces.ids([line])
    assert walk(ClosedVocabulary(TAGS, pieces), ids)


@pytest.mark.parametrize("line", ["| cup", "| stand", "| mug red", "| mug| cup", "| red| stand", "| A", " mug"])
def test_others_may_not(pieces: Pieces, line: str) -> None:
    [ids] = pieces.ids([line])
    assert not walk(ClosedVocabulary(TAGS, pieces), ids)


def test_within_a_tag_there_is_no_end(pieces: Pieces) -> None:
    [ids] = pieces.ids(["| mug stand"])
    closed = ClosedVocabulary(["mug stand"], pieces)
    for place in range(1, len(ids) - 1):
        assert END not in closed.allowed(ids[:place])
    assert END in closed.allowed(ids[:-1])


def test_without_tags_letters_are_all_that_is_written(pieces: Pieces) -> None:
    closed = ClosedVocabulary([], pieces)
    [ids] = pieces.ids([" A b"])
    assert walk(closed, ids)
    assert closed.allowed([pieces.separator]) == [END]

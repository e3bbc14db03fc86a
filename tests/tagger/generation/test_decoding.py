import math
from statistics import fmean

import pytest
from tokenizers import Tokenizer

from index.encoders.weights import WeightsSettings
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.decoding import Pieces, Written, expected_scores, read, repetition_start
from tagger.generation.prompt import Vote
from tagger.vocabulary import Entry, Vocabulary

END = 1


@pytest.fixture
def pieces(tmp_path_factory: pytest.TempPathFactory) -> Pieces:
    folder = find_base(T5_PRODUCTS, WeightsSettings(tmp_path_factory.mktemp("weights"))).folder
    return Pieces(Tokenizer.from_file(str(folder / "tokenizer.json")), END, 12)


def test_a_text_becomes_numbers_and_comes_back(pieces: Pieces) -> None:
    (ids,) = pieces.ids([" A b| mug|马克杯"])
    assert ids[-1] == END
    assert pieces.text(ids) == " A b| mug|马克杯"
    assert [pieces.id(name) for name in pieces.names(ids)] == ids


def test_a_long_text_is_cut_and_still_ends(pieces: Pieces) -> None:
    (ids,) = pieces.ids(["mug " * 100])
    assert len(ids) == 12
    assert ids[-1] == END


def test_a_piece_that_the_tokenizer_does_not_know_says_nothing(pieces: Pieces) -> None:
    unknown = pieces.id("<extra_id_99999>")
    assert pieces.text([unknown]) == ""


def test_a_sequence_is_read_tag_by_tag_with_the_mean_chance_of_its_pieces(pieces: Pieces) -> None:
    (ids,) = pieces.ids([" A b| mug|马克杯"])
    chances = [-0.1 * (place + 1) for place in range(len(ids))]
    first, second = [place for place, id in enumerate(ids) if id == pieces.separator]
    written = read(pieces, ids, chances)
    # A capital letter means that the product has the tag, a small letter that it does not.
    assert dict(written.letters) == pytest.approx({"A": math.exp(-0.1), "B": 1 - math.exp(-0.2)})
    assert dict(written.tags) == pytest.approx(
        {
            "mug": math.exp(fmean(chances[first + 1 : second])),
            "马克杯": math.exp(fmean(chances[second + 1 : -1])),
        }
    )
    assert written.score == pytest.approx(sum(chances) / len(chances))


def test_the_last_tag_of_a_sequence_without_an_end_is_left_out(pieces: Pieces) -> None:
    (ids,) = pieces.ids([" a| mug|马克杯"])
    written = read(pieces, ids[:-1], [-0.1] * (len(ids) - 1))
    assert list(written.letters) == ["A"]
    assert list(written.tags) == ["mug"]


def test_a_letter_after_the_letters_is_a_tag(pieces: Pieces) -> None:
    (ids,) = pieces.ids([" A| b| L"])
    written = read(pieces, ids, [-0.1] * len(ids))
    assert list(written.letters) == ["A"]
    assert list(written.tags) == ["b", "L"]


def test_what_stands_after_the_end_does_not_count(pieces: Pieces) -> None:
    (ids,) = pieces.ids(["| mug"])
    chances = [-0.1] * len(ids)
    assert read(pieces, [*ids, 5, 5], [*chances, -9.0, -9.0]) == read(pieces, ids, chances)


def test_a_sequence_is_read_up_to_a_tag_that_comes_again(pieces: Pieces) -> None:
    (once,), (again,) = (pieces.ids([line]) for line in (" A b| wool| red|", " A b| wool| red| wool| blue| wool"))
    once = once[:-1]  # Cut off the final separator.
    place = repetition_start(again, pieces)
    assert place == len(once)
    assert repetition_start(once, pieces) is None
    assert read(pieces, again, [-0.1] * len(again)) == read(pieces, once, [-0.1] * len(once))
    assert [*read(pieces, again, [-0.1] * len(again)).tags] == ["wool", "red"]


def test_a_tags_score_is_its_mean_chance_over_the_sequences_by_their_probability() -> None:
    sequences = [
        Written({"A": 0.2}, {"mug": 0.9, "blue": 0.4}, math.log(0.3)),
        Written({"A": 0.4}, {"mug": 0.5}, math.log(0.1)),
    ]
    assert expected_scores(sequences, [Vote("cup", 5)], str) == pytest.approx(
        {"cup": 0.75 * 0.2 + 0.25 * 0.4, "mug": 0.75 * 0.9 + 0.25 * 0.5, "blue": 0.75 * 0.4}
    )


def test_of_two_names_of_one_tag_in_a_sequence_the_surer_one_counts() -> None:
    vocabulary = Vocabulary([Entry("mug", "kind", {"zh": ("马克杯",), "en": ("mug",)})])
    written = Written({"A": 0.3}, {"马克杯": 0.2, "Mug": 0.6}, -1.0)
    assert expected_scores([written], [Vote("mug", 5)], vocabulary.canonical) == {"mug": 0.6}


def test_a_letter_without_a_tag_means_nothing() -> None:
    assert expected_scores([Written({"A": 0.9, "C": 0.9}, {}, -1.0)], [Vote("mug", 5)], str) == {"mug": 0.9}


def test_nothing_written_scores_nothing() -> None:
    assert expected_scores([], [], str) == {}
    assert expected_scores([Written({}, {}, -1.0)], [], str) == {}

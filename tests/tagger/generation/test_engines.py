import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.encoder import create as sentence_encoder
from index.errors import StaleArtifact
from index.neighbours import Neighbours
from index.product import Product
from index.vector_cache import CachedEncoder, VectorCache
from index.vectors import FlatIndex
from index.weights import Weights, WeightsSettings
from tagger.demo.files import VECTORS
from tagger.generation.ctranslate2_writer import CTranslate2Writer, converted
from tagger.generation.torch_writer import TorchWriter
from tagger.generation.writing import Decoding, Writer, Written
from tagger.pretrained import T5_PRODUCTS, find_base
from tagger.prompt import NEIGHBOURS, Near, votes
from tagger.prompt import prompts as prompts_of
from tagger.split import held_out

MakeWriter = Callable[..., Writer]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return find_base(T5_PRODUCTS, WeightsSettings(tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def prompts(demo_products: list[Product], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is asked about 48 of the demo's products, their neighbours' tags shown."""
    folder = tmp_path_factory.mktemp("neighbours")
    shutil.copytree(VECTORS, folder / "vectors")
    encoder = CachedEncoder(sentence_encoder(WeightsSettings(folder)), VectorCache(folder / "vectors"))
    near = Neighbours(encoder, FlatIndex, NEIGHBOURS)
    near.fit([product for product in demo_products if not held_out(product)])
    products = [product for product in demo_products if held_out(product)][:48]
    voted = [votes([Near(hit.score, near.tags[hit.id]) for hit in hits]) for hits in near.near(products)]
    return [prompts_of(*each)[0] for each in zip(products, voted, strict=True)]


@pytest.fixture(params=["ctranslate2", "torch"])
def make(request: pytest.FixtureRequest, base: Weights, cache: Path) -> MakeWriter:
    def make(**decoding: float) -> Writer:
        if request.param == "torch":
            return TorchWriter(base, None, Decoding(**decoding), "cpu")
        return CTranslate2Writer(base, None, Decoding(**decoding), cache)

    return make


def surest(sequences: list[Written]) -> list[str]:
    return list(max(sequences, key=lambda sequence: sequence.score).chances)


def test_each_prompt_gets_as_many_sequences_as_beams(make: MakeWriter, prompts: list[str]) -> None:
    found = make(beams=3).write(prompts[:5])
    assert [len(sequences) for sequences in found] == [3] * 5
    assert all(0 < chance <= 1 for sequences in found for each in sequences for chance in each.chances.values())
    assert all(each.score < 0 for sequences in found for each in sequences)


def test_nothing_asked_is_nothing_written(make: MakeWriter) -> None:
    assert make().write([]) == []


def test_a_prompt_gets_the_same_answer_alone_and_in_a_batch(make: MakeWriter, prompts: list[str]) -> None:
    writer = make(batch_size=8)
    together = writer.write(prompts[:8])
    for alone, among in zip(prompts[:8], together, strict=True):
        ((first, *_),) = writer.write([alone])
        assert list(first.chances) == list(among[0].chances)
        assert first.score == pytest.approx(among[0].score, abs=1e-3)


def test_a_sequence_that_is_cut_for_its_length_loses_its_last_tag(make: MakeWriter, prompts: list[str]) -> None:
    whole = make(beams=2).write(prompts[:6])
    cut = make(beams=2, max_new_tokens=4).write(prompts[:6])
    assert all(len(sequence.chances) <= 2 for sequences in cut for sequence in sequences)
    assert sum(len(surest(short)) for short in cut) < sum(len(surest(long)) for long in whole)


@pytest.mark.parametrize("text", ["", " ", "🦄" * 50, "\x00\u202e|||", "a" * 5000])
def test_odd_prompts_are_answered(make: MakeWriter, text: str) -> None:
    (sequences,) = make(beams=2).write([text])
    assert len(sequences) == 2


def test_diverse_sequences_begin_differently(make: MakeWriter, prompts: list[str]) -> None:
    for sequences in make(diversity=1.0).write(prompts[:6]):
        firsts = [next(iter(each.chances), "") for each in sequences]
        assert 1 <= len(firsts) <= 4
        assert len({*firsts}) == len(firsts)


def test_less_diversity_begins_with_fewer_pieces(make: MakeWriter, prompts: list[str]) -> None:
    some, all_four = (sum(map(len, make(diversity=each).write(prompts[:8]))) for each in (0.1, 1.0))
    assert 8 <= some < all_four == 32


def test_a_tag_that_is_written_first_is_more_probable_than_one_without_votes(
    make: MakeWriter, prompts: list[str]
) -> None:
    writer = make()
    firsts = [next(iter(surest(sequences))) for sequences in writer.write(prompts[:8])]
    right, wrong = writer.score(prompts[:8], firsts), writer.score(prompts[:8], ["L"] * 8)
    assert all(0 < each <= 1 for each in right)
    assert all(one > other for one, other in zip(right, wrong, strict=True))
    assert writer.score([], []) == []


def test_both_engines_find_a_tag_equally_probable(base: Weights, cache: Path, prompts: list[str]) -> None:
    tags = ["stroller"] * 8
    on_cpu = CTranslate2Writer(base, None, Decoding(), cache).score(prompts[:8], tags)
    on_torch = TorchWriter(base, None, Decoding(), "cpu").score(prompts[:8], tags)
    assert on_cpu == pytest.approx(on_torch, rel=0.5, abs=0.02)


def test_both_engines_write_the_same_first_tag(base: Weights, cache: Path, prompts: list[str]) -> None:
    # Eight bits against 32: a first tag may differ where two are nearly as probable.
    on_cpu = CTranslate2Writer(base, None, Decoding(), cache).write(prompts)
    on_torch = TorchWriter(base, None, Decoding(), "cpu").write(prompts)
    same = [surest(one)[:1] == surest(other)[:1] for one, other in zip(on_cpu, on_torch, strict=True)]
    assert sum(same) >= 0.95 * len(same)


def test_a_base_is_converted_once(base: Weights, tmp_path: Path) -> None:
    folder = converted(base, None, tmp_path)
    before = (folder / "model.bin").stat().st_mtime_ns
    assert converted(base, None, tmp_path) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]


def test_a_damaged_conversion_is_refused_and_says_where_it_lies(base: Weights, tmp_path: Path) -> None:
    folder = converted(base, None, tmp_path)
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    with pytest.raises(StaleArtifact, match=f"converted base .*{folder.name}.*cannot be loaded"):
        CTranslate2Writer(base, None, Decoding(), tmp_path)

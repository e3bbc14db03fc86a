import gc
import re
import weakref
from collections.abc import Callable
from itertools import islice, takewhile
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from tokenizers import Tokenizer

from index.encoders.vector_cache import CachedEncoder
from index.encoders.weights import Weights, WeightsSettings
from index.errors import StaleArtifact
from index.neighbours import Neighbours
from index.product import Product
from index.vectors.flat_index import FlatIndex
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.ctranslate2_engine import CTranslate2Writer, Steps, convert
from tagger.generation.decoding import Decoding, Pieces, Writer, Written
from tagger.generation.prompt import NEIGHBOURS, SLOTS, Near, join_tags, votes
from tagger.generation.prompt import prompts as prompts_of
from tagger.generation.torch_engine import TorchWriter
from tagger.splits import held_out
from tagger.taggers.generator import _fitting_engine

MakeWriter = Callable[..., Writer]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    return find_base(T5_PRODUCTS, WeightsSettings(tmp_path_factory.mktemp("weights")))


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def prompts(demo_products: list[Product], demo_encoder: CachedEncoder) -> list[str]:
    """Prompts for 48 of the demo's products, with their neighbours' tags."""
    near = Neighbours(demo_encoder, FlatIndex, NEIGHBOURS)
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


def said(written: Written) -> list[str]:
    return [*(letter for letter, chance in written.letters.items() if chance > 0.5), *written.tags]


def chances(written: Written) -> list[float]:
    return [*written.letters.values(), *written.tags.values()]


def test_each_prompt_gets_as_many_sequences_as_beams(make: MakeWriter, prompts: list[str]) -> None:
    found = make(beams=3).write(prompts[:5])
    assert [len(sequences) for sequences in found] == [3] * 5
    assert all(0 <= chance <= 1 for sequences in found for each in sequences for chance in chances(each))
    assert all(each.score < 0 for sequences in found for each in sequences)


def test_a_writer_that_is_let_go_of_leaves_no_model_behind(make: MakeWriter) -> None:
    """A fit may need several writers in turn, but memory has room for only one."""
    writer = make()
    left = weakref.ref(writer)
    gc.disable()
    try:
        del writer
        assert left() is None
    finally:
        gc.enable()


def test_nothing_asked_is_nothing_written(make: MakeWriter) -> None:
    assert make().write([]) == []


def test_a_prompt_gets_the_same_answer_alone_and_in_a_batch(make: MakeWriter, prompts: list[str]) -> None:
    writer = make(batch_size=8)
    together = writer.write(prompts[:8])
    for alone, among in zip(prompts[:8], together, strict=True):
        ((first, *_),) = writer.write([alone])
        assert said(first) == said(among[0])
        assert chances(first) == pytest.approx(chances(among[0]), abs=1e-3)
        assert first.score == pytest.approx(among[0].score, abs=1e-3)


def test_a_sequence_that_is_cut_for_its_length_is_read_as_far_as_it_goes(make: MakeWriter, prompts: list[str]) -> None:
    for sequences in make(beams=2, max_new_tokens=4).write(prompts[:6]):
        assert all(list(each.letters) == ["A", "B", "C", "D"] and not each.tags for each in sequences)


def test_a_sequence_ends_where_it_writes_a_tag_again(base: Weights) -> None:
    pieces = Pieces(Tokenizer.from_file(str(base.folder / "tokenizer.json")), 1, 320)
    [ids] = pieces.ids([" A b| wool| red| wool| blue"])
    steps = Steps(2, pieces)
    ended = [
        steps(SimpleNamespace(batch_id=1, token=token, token_id=id, log_prob=-0.1))
        for id, token in zip(ids, pieces.names(ids), strict=True)
    ]
    assert ended.index(True) == pieces.cuts(ids)[3]
    assert steps.written == [([], []), (ids, [-0.1] * len(ids))]


def test_what_is_taken_down_while_writing_is_what_scoring_says(base: Weights, cache: Path, prompts: list[str]) -> None:
    writer = CTranslate2Writer(base, None, Decoding(max_new_tokens=12), cache)
    compared = 0
    for prompt, [written] in zip(prompts[:24], writer.write(prompts[:24]), strict=True):
        # A probability near one half does not show which letter was written.
        clear = dict(takewhile(lambda pair: abs(pair[1] - 0.5) > 0.25, written.letters.items()))
        line = "".join(f" {slot if chance > 0.5 else slot.lower()}" for slot, chance in clear.items())
        [scored] = writer.score([prompt], [line])
        assert scored.letters == pytest.approx(clear, abs=1e-3)
        compared += len(clear)
    assert compared >= 24


def test_each_letter_of_the_prompt_is_decided_on(make: MakeWriter, prompts: list[str]) -> None:
    for prompt, sequences in zip(prompts[:12], make().write(prompts[:12]), strict=True):
        shown = [letter for letter in SLOTS if re.search(rf"[:|] {letter}\d ", prompt)]
        assert list(sequences[0].letters) == shown


@pytest.mark.parametrize("text", ["", " ", "🦄" * 50, "\x00\u202e|||", "a" * 5000])
def test_odd_prompts_are_answered(make: MakeWriter, text: str) -> None:
    (sequences,) = make(beams=2).write([text])
    assert len(sequences) == 2


def test_diverse_sequences_begin_another_tag_after_the_same_letters(make: MakeWriter, prompts: list[str]) -> None:
    for surest, *others in make(diversity=1.0, beams=4).write(prompts[:6]):
        assert len(others) == 3
        assert all([*each.letters.values()] == pytest.approx([*surest.letters.values()], abs=1e-3) for each in others)
        firsts = [next(iter(each.tags), "") for each in others]
        assert len({*firsts}) == len(firsts)


@pytest.mark.slow
def test_less_diversity_begins_with_fewer_pieces(make: MakeWriter, prompts: list[str]) -> None:
    some, all_four = (sum(map(len, make(diversity=each, beams=4).write(prompts[:8]))) for each in (0.1, 1.0))
    assert 8 <= some < all_four == 32


def test_what_was_written_is_as_probable_when_it_is_asked_for(make: MakeWriter, prompts: list[str]) -> None:
    writer = make()
    without_neighbours = [prompt[prompt.index("title:") :] for prompt in prompts[:6]]
    written = [each for [each] in writer.write(without_neighbours)]
    firsts = [dict(islice(each.tags.items(), 1)) for each in written]
    assert any(firsts)
    for one, first in zip(writer.score(without_neighbours, [join_tags(each) for each in firsts]), firsts, strict=True):
        assert one.tags == pytest.approx(first, abs=1e-3)
    assert writer.score([], []) == []


def test_both_engines_find_a_tag_equally_probable(base: Weights, cache: Path, prompts: list[str]) -> None:
    lines = ["| stroller"] * 8
    on_cpu = CTranslate2Writer(base, None, Decoding(), cache).score(prompts[:8], lines)
    on_torch = TorchWriter(base, None, Decoding(), "cpu").score(prompts[:8], lines)
    for one, other in zip(on_cpu, on_torch, strict=True):
        assert one.tags == pytest.approx(other.tags, rel=0.5, abs=0.02)


@pytest.mark.slow
def test_both_engines_write_the_same_first_tag(base: Weights, cache: Path, prompts: list[str]) -> None:
    # 8-bit against 32-bit weights: the first tag may differ if two are almost equally probable.
    on_cpu = CTranslate2Writer(base, None, Decoding(), cache).write(prompts)
    on_torch = TorchWriter(base, None, Decoding(), "cpu").write(prompts)
    same = [said(one[0])[:1] == said(other[0])[:1] for one, other in zip(on_cpu, on_torch, strict=True)]
    assert sum(same) >= 0.95 * len(same)


def test_a_base_is_converted_once(base: Weights, tmp_path: Path) -> None:
    folder = convert(base, None, tmp_path)
    before = (folder / "model.bin").stat().st_mtime_ns
    assert convert(base, None, tmp_path) == folder
    assert (folder / "model.bin").stat().st_mtime_ns == before
    assert [each.name for each in tmp_path.iterdir()] == [folder.name]


def test_a_damaged_conversion_is_refused_and_says_where_it_lies(base: Weights, tmp_path: Path) -> None:
    folder = convert(base, None, tmp_path)
    (folder / "model.bin").write_bytes((folder / "model.bin").read_bytes()[:1000])
    with pytest.raises(StaleArtifact, match=f"converted base .*{folder.name}.*cannot be loaded"):
        CTranslate2Writer(base, None, Decoding(), tmp_path)


def test_a_host_that_lends_its_gpu_is_asked_for_it_at_each_call(
    spaces: ModuleType, base: Weights, prompts: list[str]
) -> None:
    writer = TorchWriter(base, None, Decoding(max_new_tokens=8), "cpu")
    [[written]] = writer.write(prompts[:1])
    assert writer.score(prompts[:1], ["A"])
    assert written.score < 0
    assert spaces.borrowed == ["_write", "_score_lines"]
    assert _fitting_engine(base, "") == "torch"

import json
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer, MT5Config, MT5ForConditionalGeneration

from finetune.command import run
from index.catalogue.database import CatalogueSettings
from index.encoders.vector_cache import CachedEncoder
from index.encoders.weights import WeightsSettings
from index.errors import BadSetting, MissingArtifact, OutOfMemory, StaleArtifact
from index.neighbours import Neighbours
from index.product import Product
from index.progress import silent
from index.store import Store
from index.vectors.flat_index import FlatIndex
from tagger.demo.paths import VOCABULARY
from tagger.evaluation import metrics
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.decoding import Written
from tagger.generation.prompt import NEIGHBOURS
from tagger.plugins import TAGGERS, Pretrained, Resources, Trainable
from tagger.splits import held_out, part
from tagger.taggers.generator import GeneratorTagger, create
from tagger.testing import check_tagger
from tagger.vocabulary import Entry, Vocabulary, read_tsv

COLOURS = ("red", "blue", "green")
MakeGenerator = Callable[..., GeneratorTagger]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """Use one thread: so small a model is slower on many threads, and far slower on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def shop_resources(demo_encoder: CachedEncoder, tmp_path: Path) -> Resources:
    """Resources with the demo's vocabulary and vectors."""
    return Resources(demo_encoder, FlatIndex, read_tsv(VOCABULARY), WeightsSettings(tmp_path))


@pytest.fixture
def fitted_to(demo_products: list[Product]) -> Callable[..., GeneratorTagger]:
    """Make a generator that gets the demo's products as neighbours, except those held out from the base's training."""

    def make(resources: Resources, **settings: Any) -> GeneratorTagger:
        tagger = create(resources, **settings)
        tagger.fit([product for product in demo_products if not held_out(product)])
        return tagger

    return make


@pytest.fixture(scope="module")
def adapter(
    demo_products: list[Product], demo_encoder: CachedEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """An adapter for the packaged base, trained on a few products with renamed tags."""
    folder = tmp_path_factory.mktemp("adapter")
    products = [replace(product, tags=tuple(map(renamed, product.tags))) for product in demo_products[::40]]
    with Store.writer(folder / "store", create=True) as store:
        store.catalogue.upsert(products)
    changed = {"epochs": 4, "batch_size": 8, "learning_rate": 0.01, "validation_products": 8, "device": "cpu"}
    found = Neighbours(demo_encoder, FlatIndex, NEIGHBOURS)
    run(folder / "store", WeightsSettings(folder), CatalogueSettings(), lambda store: found, silent, changed)
    return Store.open(folder / "store").published("adapter")[0]


def renamed(tag: str) -> str:
    return f"my {tag}"


def unseen(products: list[Product], most: int) -> list[Product]:
    return [product for product in products if part(product) == "test"][:most]


def copied(folder: Path, destination: Path) -> Path:
    return Path(shutil.copytree(folder, destination))


def test_it_is_a_tagger_as_every_other(shop_resources: Resources, demo_products: list[Product], tmp_path: Path) -> None:
    check_tagger(lambda: create(shop_resources), demo_products[::400], tmp_path)


def test_it_comes_through_the_door_and_is_trained_elsewhere(shop_resources: Resources) -> None:
    tagger = TAGGERS.create("generator", [shop_resources], {"beams": 2})
    assert isinstance(tagger, Pretrained)
    # It learns the products whose tags it shows to the model as neighbours.
    assert isinstance(tagger, Trainable)


def test_the_base_that_ships_knows_products_that_it_has_not_seen(
    shop_resources: Resources, fitted_to: MakeGenerator, demo_products: list[Product]
) -> None:
    products = unseen(demo_products, 24)
    rankings = fitted_to(shop_resources).suggest(products, 10)
    assert metrics.precision_at(3, rankings, [product.tags for product in products]) > 0.85


def test_it_says_which_products_it_has_not_seen(shop_resources: Resources, demo_products: list[Product]) -> None:
    tagger = create(shop_resources)
    assert [tagger.unseen(product) for product in demo_products[:50]] == [held_out(each) for each in demo_products[:50]]


def test_scores_do_not_hang_on_the_batch_size(
    shop_resources: Resources, fitted_to: MakeGenerator, demo_products: list[Product]
) -> None:
    products = demo_products[::200]
    first, second = (fitted_to(shop_resources, batch_size=size).suggest(products, 8) for size in (1, 16))
    for one, other in zip(first, second, strict=True):
        assert [each.tag for each in one] == [each.tag for each in other]
        assert [each.score for each in one] == pytest.approx([each.score for each in other], abs=1e-3)


def test_tags_take_the_vocabularys_names(
    shop_resources: Resources, fitted_to: MakeGenerator, demo_products: list[Product]
) -> None:
    vocabulary = Vocabulary([Entry("婴儿推车", "kind", {"en": ("stroller",)})])
    products = [product for product in demo_products if "stroller" in product.tags][:4]
    rankings = fitted_to(replace(shop_resources, vocabulary=vocabulary)).suggest(products, 20)
    found = {each.tag for ranking in rankings for each in ranking}
    assert "婴儿推车" in found
    assert "stroller" not in found


def test_tags_of_near_products_are_shown_to_the_model(shop_resources: Resources, demo_products: list[Product]) -> None:
    product = unseen(demo_products, 1)[0]
    tagger = create(shop_resources, grounded=False)
    assert "zebra print" not in {each.tag for each in tagger.suggest([product], 20)[0]}
    tagger.fit([replace(product, id=f"{number}", tags=("zebra print",)) for number in range(10)])
    assert tagger.suggest([product], 20)[0][0].tag == "zebra print"


class Reader:
    """A writer that writes each colour in the prompt, with a higher score nearer to the start."""

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        return [
            [Written({}, {tag: 1 / (1 + prompt.index(tag)) for tag in COLOURS if tag in prompt}, -1.0)]
            for prompt in prompts
        ]

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        raise NotImplementedError


def test_every_window_of_a_long_description_is_read_and_a_tag_has_its_best_score(demo_encoder: CachedEncoder) -> None:
    tagger = GeneratorTagger(
        Reader, Vocabulary(), Neighbours(demo_encoder, FlatIndex, NEIGHBOURS), closed=False, grounded=True
    )
    product = Product("1", "", f"red. {'very nice. ' * 100} blue. {'very nice. ' * 100} red, green.", "en")
    [windows] = tagger.prompts([product])
    assert len(windows) > 3
    [ranking] = tagger.suggest([product], 5)
    best = {tag: max(1 / (1 + window.index(tag)) for window in windows if tag in window) for tag in COLOURS}
    assert {each.tag: each.score for each in ranking} == pytest.approx(best)


def test_a_tag_that_is_not_known_is_said_only_where_it_stands_in_the_text(demo_encoder: CachedEncoder) -> None:
    class Inventor(Reader):
        def write(self, prompts: Sequence[str]) -> list[list[Written]]:
            return [[Written({}, {"red": 0.5, "blue": 0.4, "mug": 0.3}, -1.0)] for _ in prompts]

    known = Vocabulary([Entry("mug", "kind", {"en": ("mug",)})])
    said = {}
    for grounded in (True, False):
        near = Neighbours(demo_encoder, FlatIndex, NEIGHBOURS)
        tagger = GeneratorTagger(Inventor, known, near, closed=False, grounded=grounded)
        said[grounded] = [each.tag for each in tagger.suggest([Product("1", "A RED cup")], 5)[0]]
    assert said == {True: ["red", "mug"], False: ["red", "blue", "mug"]}


@pytest.mark.slow
def test_closed_it_writes_tags_of_the_vocabulary_only(shop_resources: Resources, demo_products: list[Product]) -> None:
    few = Vocabulary([Entry(tag, "kind", {"en": (tag,)}) for tag in ("stroller", "slim design", "black", "纯棉")])
    products = unseen(demo_products, 8)
    closed = create(
        replace(shop_resources, vocabulary=few), closed=True, grounded=False, diversity=1.0, beams=3, device="cpu"
    )
    rankings = closed.suggest(products, 20)
    assert {each.tag for ranking in rankings for each in ranking} <= set(few.tags)
    assert all(rankings)


def test_a_tags_likelihood_is_asked_for_by_name(
    shop_resources: Resources, fitted_to: MakeGenerator, demo_products: list[Product]
) -> None:
    products = unseen(demo_products, 6)
    tagger = fitted_to(shop_resources)
    asked = [[product.tags[0], "no such tag"] for product in products]
    scores = tagger.score(products, asked)
    assert [list(each) for each in scores] == asked
    assert all(0 <= score <= 1 for each in scores for score in each.values())
    assert sum(each[tags[0]] > each[tags[1]] for each, tags in zip(scores, asked, strict=True)) >= 5
    assert tagger.score(products, [[]] * 6) == [{}] * 6


def test_a_tag_that_was_not_written_to_its_end_is_left_out(
    shop_resources: Resources, fitted_to: MakeGenerator, demo_products: list[Product]
) -> None:
    known = set(shop_resources.vocabulary.tags)
    products = unseen(demo_products, 8)
    rankings = fitted_to(shop_resources, max_new_tokens=14, grounded=False).suggest(products, 20)
    assert {each.tag for ranking in rankings for each in ranking} <= known


def test_the_model_is_read_on_first_use_and_not_again(
    shop_resources: Resources, demo_products: list[Product], tmp_path: Path
) -> None:
    folder = copied(find_base(T5_PRODUCTS, shop_resources.weights).folder, tmp_path / "base")
    never_used, used = (create(shop_resources, model=str(folder)) for _ in range(2))
    before = used.suggest(demo_products[:2], 5)
    shutil.rmtree(folder)
    assert used.suggest(demo_products[:2], 5) == before
    assert never_used.suggest([], 5) == []
    with pytest.raises(StaleArtifact, match="cannot be loaded"):
        never_used.suggest(demo_products[:2], 5)


def test_several_threads_may_ask_at_once(shop_resources: Resources, demo_products: list[Product]) -> None:
    tagger = create(shop_resources)
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: tagger.suggest(demo_products[:2], 5), range(3)))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"beams": 0}, "beams must be at least 1, not 0"),
        ({"diversity": 0.5}, "diversity needs at least 2 beams"),
        ({"max_input_tokens": 7}, "at least 8"),
        ({"max_new_tokens": 7}, "at least 8"),
        ({"batch_size": 0}, "batch_size at least 1"),
        ({"diversity": 1.5}, "diversity must be between 0 and 1, not 1.5"),
        ({"closed": True, "engine": "ctranslate2"}, "closed needs the engine torch"),
        ({"engine": "steam"}, "engine must be empty or one of ctranslate2, torch, not 'steam'"),
    ],
)
def test_settings_out_of_range_are_refused(shop_resources: Resources, setting: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        create(shop_resources, **setting)


def test_an_unknown_base_is_refused(shop_resources: Resources) -> None:
    with pytest.raises(MissingArtifact, match="no weights for 'acme/no-such-t5'"):
        create(shop_resources, model="acme/no-such-t5")


def test_a_damaged_base_is_refused(shop_resources: Resources, tmp_path: Path) -> None:
    folder = copied(find_base(T5_PRODUCTS, shop_resources.weights).folder, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1000])
    with pytest.raises(StaleArtifact, match=r"the base .* cannot be loaded"):
        create(shop_resources, model=str(folder)).suggest([Product("1", "mug")], 5)


@pytest.mark.slow
def test_an_adapter_changes_what_is_written(
    shop_resources: Resources, adapter: Path, demo_products: list[Product]
) -> None:
    products = unseen(demo_products, 8)
    plain, adapted = (
        create(resources, grounded=False).suggest(products, 3)
        for resources in (shop_resources, replace(shop_resources, adapter=adapter))
    )
    assert not any(each.tag.startswith("my ") for ranking in plain for each in ranking)
    renamed = [each.tag.startswith("my ") for ranking in adapted for each in ranking]
    assert sum(renamed) > len(renamed) / 2


@pytest.mark.slow
def test_with_an_adapter_it_is_a_tagger_as_every_other(
    shop_resources: Resources, adapter: Path, demo_products: list[Product], tmp_path: Path
) -> None:
    resources = replace(shop_resources, adapter=adapter)
    check_tagger(lambda: create(resources), demo_products[::600], tmp_path)


@pytest.mark.slow
def test_an_adapter_of_another_base_is_refused(shop_resources: Resources, adapter: Path, tmp_path: Path) -> None:
    folder = copied(find_base(T5_PRODUCTS, shop_resources.weights).folder, tmp_path / "other")
    changed = bytearray((folder / "model.safetensors").read_bytes())
    changed[-1] ^= 1
    (folder / "model.safetensors").write_bytes(changed)
    tagger = create(replace(shop_resources, adapter=adapter), model=str(folder))
    with pytest.raises(StaleArtifact, match=r"was trained on the base tagweave/t5-products .*run: tagweave finetune"):
        tagger.suggest([Product("1", "mug")], 5)


@pytest.mark.slow
def test_an_adapter_of_another_prompt_is_refused(shop_resources: Resources, adapter: Path, tmp_path: Path) -> None:
    folder = copied(adapter, tmp_path / "adapter")
    about = json.loads((folder / "about.json").read_text("utf-8"))
    (folder / "about.json").write_text(json.dumps(about | {"prompt_version": 99}), "utf-8")
    with pytest.raises(StaleArtifact, match="prompt version 99"):
        create(replace(shop_resources, adapter=folder)).suggest([Product("1", "mug")], 5)


@pytest.mark.slow
def test_a_damaged_adapter_is_refused(shop_resources: Resources, adapter: Path, tmp_path: Path) -> None:
    folder = copied(adapter, tmp_path / "adapter")
    path = folder / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(StaleArtifact, match=r"the adapter in .* cannot be loaded"):
        create(replace(shop_resources, adapter=folder)).suggest([Product("1", "mug")], 5)


@pytest.mark.slow
def test_the_base_is_the_one_that_the_adapter_was_trained_on(shop_resources: Resources, adapter: Path) -> None:
    resources = replace(shop_resources, adapter=adapter)
    named, unnamed = (create(resources, model=model).suggest([Product("1", "mug")], 5) for model in (T5_PRODUCTS, ""))
    assert named == unnamed


def test_an_adapter_that_is_not_there_is_refused(shop_resources: Resources, tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match=r"no adapter in .*about.json is missing"):
        create(replace(shop_resources, adapter=tmp_path / "gone"))


@pytest.mark.parametrize("device", ["gpu", "cuda:99"])
def test_a_device_that_there_is_not_is_one_clear_line(shop_resources: Resources, device: str) -> None:
    with pytest.raises(BadSetting, match=rf"device '{device}' cannot be used: "):
        create(shop_resources, engine="torch", device=device).suggest([Product("1", "mug")], 5)


def test_an_engine_that_does_not_know_the_model_is_refused(shop_resources: Resources, tmp_path: Path) -> None:
    base = find_base(T5_PRODUCTS, shop_resources.weights).folder
    other = Path(shutil.copytree(base, tmp_path / "bart"))
    config = json.loads((other / "config.json").read_text("utf-8"))
    (other / "config.json").write_text(json.dumps(config | {"model_type": "bart"}), "utf-8")
    with pytest.raises(BadSetting, match="CTranslate2 does not support bart models; leave engine empty"):
        create(shop_resources, model=str(other), engine="ctranslate2")


def test_where_memory_runs_out_the_error_says_what_to_lower(
    shop_resources: Resources, demo_products: list[Product], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hungry:
        def write(self, prompts: Sequence[str]) -> list[list[Written]]:
            raise RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB")

    tagger = create(shop_resources)
    monkeypatch.setattr(tagger, "_loaded", Hungry())
    with pytest.raises(OutOfMemory, match=r"CUDA out of memory.*lower batch_size"):
        tagger.suggest(demo_products[:1], 5)


@pytest.mark.parametrize("device", ["", "cpu"])
def test_an_mt5_from_a_folder_goes_through_both_engines(
    shop_resources: Resources, demo_products: list[Product], tmp_path: Path, device: str
) -> None:
    tokenizer = AutoTokenizer.from_pretrained(find_base(T5_PRODUCTS, shop_resources.weights).folder)
    config = MT5Config(
        vocab_size=len(tokenizer) + 8,
        d_model=32,
        d_kv=8,
        d_ff=64,
        num_layers=2,
        num_heads=4,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.pad_token_id,
    )
    torch.manual_seed(0)
    MT5ForConditionalGeneration(config).save_pretrained(tmp_path / "mt5")
    tokenizer.save_pretrained(tmp_path / "mt5")
    products, tags = demo_products[:4], [["mug", "超薄"]] * 4
    by_engine = [
        create(shop_resources, model=str(tmp_path / "mt5"), engine=engine, device=device, grounded=False)
        for engine in ("ctranslate2", "torch")
    ]
    first, second = (tagger.score(products, tags) for tagger in by_engine)
    for one, other in zip(first, second, strict=True):
        # Untrained weights give logits of twenty and more, which eight bits reproduce to about one hundredth.
        logs, other_logs = ({tag: math.log(score) for tag, score in each.items()} for each in (one, other))
        assert logs == pytest.approx(other_logs, rel=0.02)
    assert all(len(tagger.suggest(products, 5)) == 4 for tagger in by_engine)

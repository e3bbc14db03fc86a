import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.command import run
from index.catalogue import CatalogueSettings
from index.errors import BadSetting, MissingArtifact, StaleArtifact
from index.product import Product
from index.progress import silent
from index.store import Store
from index.weights import WeightsSettings
from tagger import metrics
from tagger.demo.files import VOCABULARY
from tagger.plugin import TAGGERS, Pretrained, Resources, Trainable
from tagger.pretrained import T5_DEMO, find_base
from tagger.split import held_out, part
from tagger.taggers.generator import create
from tagger.testing import check_tagger
from tagger.vocabulary import Entry, Vocabulary, read_tsv


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    """So small a model is slower on many threads, and far slower where the cores are busy."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def shop_resources(resources: Resources) -> Resources:
    """Resources with the demo's vocabulary."""
    return replace(resources, vocabulary=read_tsv(VOCABULARY))


@pytest.fixture(scope="module")
def adapter(demo_products: list[Product], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An adapter for the base that ships, trained on some products whose tags have other names."""
    folder = tmp_path_factory.mktemp("adapter")
    products = [replace(product, tags=tuple(map(renamed, product.tags))) for product in demo_products[::40]]
    with Store.writer(folder / "store", create=True) as store:
        store.catalogue.upsert(products)
    changed = {"epochs": 4, "batch_size": 8, "learning_rate": 0.01, "validation_products": 8, "device": "cpu"}
    run(folder / "store", WeightsSettings(folder), CatalogueSettings(), silent, changed)
    return Store.open(folder / "store").published("adapter")[0]


def renamed(tag: str) -> str:
    return f"my {tag}"


def unseen(products: list[Product], most: int) -> list[Product]:
    return [product for product in products if part(product) == "test"][:most]


def copied(folder: Path, destination: Path) -> Path:
    return Path(shutil.copytree(folder, destination))


def test_it_is_a_tagger_as_every_other(shop_resources: Resources, demo_products: list[Product], tmp_path: Path) -> None:
    check_tagger(lambda: create(shop_resources, beams=2), demo_products[::400], tmp_path)


def test_it_comes_through_the_door_and_is_trained_elsewhere(shop_resources: Resources) -> None:
    tagger = TAGGERS.create("generator", [shop_resources], {"beams": 2})
    assert isinstance(tagger, Pretrained)
    assert not isinstance(tagger, Trainable)


def test_the_base_that_ships_knows_products_that_it_has_not_seen(
    shop_resources: Resources, demo_products: list[Product]
) -> None:
    products = unseen(demo_products, 24)
    rankings = create(shop_resources, beams=2).suggest(products, 10)
    assert metrics.precision_at(3, rankings, [product.tags for product in products]) > 0.85


def test_it_says_which_products_it_has_not_seen(shop_resources: Resources, demo_products: list[Product]) -> None:
    tagger = create(shop_resources)
    assert [tagger.unseen(product) for product in demo_products[:50]] == [held_out(each) for each in demo_products[:50]]


def test_scores_do_not_hang_on_the_batch_size(shop_resources: Resources, demo_products: list[Product]) -> None:
    products = demo_products[::200]
    first, second = (create(shop_resources, batch_size=size).suggest(products, 8) for size in (1, 16))
    for one, other in zip(first, second, strict=True):
        assert [each.tag for each in one] == [each.tag for each in other]
        assert [each.score for each in one] == pytest.approx([each.score for each in other], abs=1e-3)


def test_tags_take_the_vocabularys_names(resources: Resources, demo_products: list[Product]) -> None:
    vocabulary = Vocabulary([Entry("婴儿推车", "kind", {"en": ("stroller",)})])
    products = [product for product in demo_products if "stroller" in product.tags][:4]
    rankings = create(replace(resources, vocabulary=vocabulary)).suggest(products, 20)
    found = {each.tag for ranking in rankings for each in ranking}
    assert "婴儿推车" in found
    assert "stroller" not in found


def test_a_tag_that_was_not_written_to_its_end_is_left_out(
    shop_resources: Resources, demo_products: list[Product]
) -> None:
    known = set(shop_resources.vocabulary.tags)
    products = unseen(demo_products, 8)
    rankings = create(shop_resources, max_new_tokens=8).suggest(products, 20)
    assert {each.tag for ranking in rankings for each in ranking} <= known


def test_the_model_is_read_on_first_use_and_not_again(
    shop_resources: Resources, demo_products: list[Product], tmp_path: Path
) -> None:
    folder = copied(find_base(T5_DEMO, shop_resources.weights).folder, tmp_path / "base")
    never_used, used = (create(shop_resources, model=str(folder), beams=2) for _ in range(2))
    before = used.suggest(demo_products[:2], 5)
    shutil.rmtree(folder)
    assert used.suggest(demo_products[:2], 5) == before
    assert never_used.suggest([], 5) == []
    with pytest.raises(StaleArtifact, match="cannot be loaded"):
        never_used.suggest(demo_products[:2], 5)


def test_several_threads_may_ask_at_once(shop_resources: Resources, demo_products: list[Product]) -> None:
    tagger = create(shop_resources, beams=2)
    with ThreadPoolExecutor(3) as threads:
        found = list(threads.map(lambda _: tagger.suggest(demo_products[:2], 5), range(3)))
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ({"beams": 1}, "beams must be at least 2"),
        ({"max_input_tokens": 7}, "at least 8"),
        ({"max_new_tokens": 7}, "at least 8"),
        ({"batch_size": 0}, "batch_size at least 1"),
        ({"engine": "steam"}, "engine must be one of ctranslate2, torch, or empty, not 'steam'"),
    ],
)
def test_settings_out_of_range_are_refused(shop_resources: Resources, setting: dict[str, Any], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        create(shop_resources, **setting)


def test_an_unknown_base_is_refused(shop_resources: Resources) -> None:
    with pytest.raises(MissingArtifact, match="no weights for 'acme/no-such-t5'"):
        create(shop_resources, model="acme/no-such-t5")


def test_a_damaged_base_is_refused(shop_resources: Resources, tmp_path: Path) -> None:
    folder = copied(find_base(T5_DEMO, shop_resources.weights).folder, tmp_path / "damaged")
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1000])
    with pytest.raises(StaleArtifact, match=r"the base .* cannot be loaded"):
        create(shop_resources, model=str(folder)).suggest([Product("1", "mug")], 5)


@pytest.mark.slow
def test_an_adapter_changes_what_is_written(
    shop_resources: Resources, adapter: Path, demo_products: list[Product]
) -> None:
    products = unseen(demo_products, 8)
    plain, adapted = (
        create(resources).suggest(products, 3)
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
    check_tagger(lambda: create(resources, beams=2), demo_products[::600], tmp_path)


@pytest.mark.slow
def test_an_adapter_of_another_base_is_refused(shop_resources: Resources, adapter: Path, tmp_path: Path) -> None:
    folder = copied(find_base(T5_DEMO, shop_resources.weights).folder, tmp_path / "other")
    changed = bytearray((folder / "model.safetensors").read_bytes())
    changed[-1] ^= 1
    (folder / "model.safetensors").write_bytes(changed)
    tagger = create(replace(shop_resources, adapter=adapter), model=str(folder))
    with pytest.raises(StaleArtifact, match=r"was trained on the base tagweave/t5-demo .*run: tagweave finetune"):
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
    named, unnamed = (create(resources, model=model).suggest([Product("1", "mug")], 5) for model in (T5_DEMO, ""))
    assert named == unnamed


def test_an_adapter_that_is_not_there_is_refused(shop_resources: Resources, tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match=r"no adapter in .*about.json is missing"):
        create(replace(shop_resources, adapter=tmp_path / "gone"))

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open

from index.encoders import weights
from index.encoders.sentence_encoder import create as create_sentence_encoder
from index.encoders.vector_cache import VectorCache, folder_of
from index.encoders.weights import WeightsSettings
from index.errors import MissingArtifact, StaleArtifact
from index.product import Product, make_product
from index.progress import silent
from index.store import ADAPTER, FITTED, Store
from tagger.fit import fit
from tagger.load import adapter_of, describe, encoder_of, open_pipeline, published_encoder
from tagger.settings import PluginSection, read
from tagger.testing import check_batches, check_evidence, check_rankings

Fit = Callable[..., Any]
LEARNT = [
    Product("1", "Steel mug", "", "en", ("mug",)),
    Product("2", "Desk lamp", "", "en", ("lamp",)),
    Product("3", "台灯", "", "zh", ("lamp", "护眼")),
]
FRESH = [
    make_product("不锈钢保温杯 500ml 大容量", "冷热都能保持十二小时。"),
    make_product("Wireless earbuds with noise cancelling, black", "Thirty hours with the case."),
    make_product("双门冰箱"),
    make_product("Running shoes"),
]


def test_a_store_that_was_never_fitted_says_what_to_run(tmp_path: Path) -> None:
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(LEARNT)
    with pytest.raises(MissingArtifact, match="has no fitted models yet; run: tagweave fit"):
        open_pipeline(store)


@pytest.mark.parametrize("name", ["knn/votes.json", "prior/shares.json", "linear/idf.npy"])
def test_an_altered_model_file_is_refused(fitted: Fit, name: str) -> None:
    store, _ = fitted(LEARNT)
    path = store.published(FITTED)[0] / name
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(
        StaleArtifact, match=f"{name} is missing or was changed after it was published; run: tagweave repair"
    ):
        open_pipeline(store)


def test_a_missing_model_file_is_refused(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    (store.published(FITTED)[0] / "lexical" / "reliability.json").unlink()
    with pytest.raises(StaleArtifact, match=r"reliability\.json is missing or was changed"):
        open_pipeline(store)


def test_another_encoder_than_the_fitted_one_is_refused(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    manifest = json.loads((store.folder / "manifest.json").read_text())
    del manifest["checksum"]
    manifest["publications"][FITTED]["about"]["encoder"] = "acme/letter-pairs@32"
    (store.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(
        StaleArtifact, match="encoder acme/letter-pairs@32, but the settings name acme/letter-pairs@64; run fit"
    ):
        open_pipeline(store)


def test_a_full_copy_that_came_after_the_fit_leaves_the_store_with_the_packaged_one(
    fitted: Fit, tmp_path: Path
) -> None:
    full_copy = tmp_path / "full copy"
    encoder = {"plugin": "acme-two-copies", "options": {"full_copy": str(full_copy)}}
    store, _ = fitted(LEARNT, encoder=encoder)
    full_copy.touch()
    assert published_encoder(store).name == "acme/letter-pairs@64"
    assert open_pipeline(store).suggest([FRESH[0]], 5)
    store, _ = fitted(LEARNT, encoder=encoder)
    assert published_encoder(store).name == "acme/letter-pairs@128"
    full_copy.unlink()
    with pytest.raises(
        StaleArtifact, match="encoder acme/letter-pairs@128, but the settings name acme/letter-pairs@64"
    ):
        open_pipeline(store)


def test_a_store_is_opened_with_the_settings_it_was_fitted_with(fitted: Fit) -> None:
    store, report = fitted(LEARNT, taggers={"mine": {"plugin": "prior"}, "generator": {"enabled": False}})
    pipeline = open_pipeline(store)
    assert list(pipeline.taggers) == ["prior", "lexical", "knn", "linear", "pairs", "names", "phrases", "mine"]
    assert pipeline.threshold == report.threshold


def test_every_tag_of_the_store_is_known_and_others_are_new(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    pipeline = open_pipeline(store)
    assert {"mug", "lamp", "护眼"} == set(pipeline.vocabulary.tags)
    assert not any(each.new for each in pipeline.explain(Product("p", "mug"), 5).tags)


def _publish_adapter(store: Store, name: str) -> Path:
    with store.publication(ADAPTER, {}) as folder:
        (folder / "about.json").write_text(name)
    return store.published(ADAPTER)[0]


def test_an_adapter_is_found_once_it_is_there(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    assert adapter_of(store) is None
    folder = _publish_adapter(store, "one")
    assert adapter_of(store) == folder


@pytest.mark.parametrize("first", [None, "one"])
def test_models_keep_the_adapter_that_they_were_fitted_with(
    third_party: None, tmp_path: Path, first: str | None
) -> None:
    """Training again after a fit neither makes the store unreadable nor changes its suggestions."""
    overrides = {
        "encoder": {"plugin": "acme-pairs", "options": {}},
        "taggers": {"generator": {"enabled": False}, "told": {"plugin": "acme-adapter"}},
    }
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(LEARNT)
        if first:
            _publish_adapter(store, first)
        fit(store, read(overrides=overrides), silent)
        assert _told(store) == (first or "none")
        _publish_adapter(store, "two")
        assert _told(store) == (first or "none")
        fit(store, read(overrides=overrides), silent)
    assert _told(store) == "two"


def _told(store: Store) -> str:
    [ranking] = open_pipeline(store).taggers["told"].suggest([LEARNT[0]], 1)
    return ranking[0].tag


def test_an_encoder_remembers_the_vectors_in_the_store(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    [cache] = store.vectors.iterdir()
    assert cache.name.startswith("cache-")
    assert len(list(cache.glob("*.safetensors"))) == 1


def test_a_store_with_vectors_in_float32_goes_on_in_float32(tmp_path: Path, weights_cache: Path) -> None:
    settings = replace(
        read(), weights=WeightsSettings(weights_cache), encoder=PluginSection("sentence", {"model": weights.MINILM})
    )
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(LEARNT)
        folder = store.vectors / folder_of(encoder_of(store, settings))
        VectorCache(folder).append(["an older text"], np.eye(1, 384, dtype=np.float32))
        encoder_of(store, settings).warm(["Steel mug"], silent)
        exact = VectorCache(folder)
        assert (len(exact), exact.arithmetics) == (2, {"float32"})
        # A store with other vectors, or none, leaves the choice to the machine.
        VectorCache(folder).append(["another text"], np.eye(1, 384, dtype=np.float32), "bfloat16")
        encoder_of(store, settings).warm(["Desk lamp"], silent)
    machine = create_sentence_encoder(settings.weights, model=weights.MINILM).arithmetic
    assert VectorCache(folder).lookup(["Desk lamp"]) == pytest.approx(
        create_sentence_encoder(settings.weights, model=weights.MINILM).encode(["Desk lamp"]), abs=1e-3
    )
    with safe_open(max(folder.iterdir()), "numpy") as newest:
        assert newest.metadata() == {"arithmetic": machine}


def test_a_description_says_what_the_store_holds(fitted: Fit) -> None:
    store, report = fitted([*LEARNT, Product("4", "no tags")])
    told = describe(store)
    assert told == {
        "store": str(store.folder),
        "products": 4,
        "languages": {"en": 2, "other": 1, "zh": 1},
        "tags": 3,
        "most_frequent": {"lamp": 2, "mug": 1, "护眼": 1},
        "fitted": True,
        "up_to_date": True,
        "taggers": ["prior", "lexical", "knn", "linear", "pairs", "names", "phrases"],
        "fuser": "weighted_sum",
        "threshold": report.threshold,
        "adapter": False,
        "adapter_waits": False,
    }


def test_a_description_tells_when_the_products_have_changed_since(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    with Store.writer(store.folder) as writer:
        writer.catalogue.upsert([Product("5", "Red chair", "", "en", ("chair",))])
    assert describe(store)["up_to_date"] is False


def test_a_description_tells_whether_an_adapter_waits_for_a_fit(fitted: Fit) -> None:
    store, _ = fitted(LEARNT)
    _publish_adapter(store, "one")
    assert (describe(store)["adapter"], describe(store)["adapter_waits"]) == (True, True)
    fitted(LEARNT)
    assert (describe(store)["adapter"], describe(store)["adapter_waits"]) == (True, False)
    _publish_adapter(store, "two")
    assert describe(store)["adapter_waits"] is True


def test_an_adapter_waits_in_a_store_that_was_never_fitted(tmp_path: Path) -> None:
    with Store.writer(tmp_path / "store", create=True) as store:
        _publish_adapter(store, "one")
    assert describe(store)["adapter_waits"] is True


def test_a_description_of_an_unfitted_store_says_so(tmp_path: Path) -> None:
    with Store.writer(tmp_path / "store", create=True) as store:
        pass
    told = describe(store)
    assert (told["fitted"], told["up_to_date"], told["taggers"], told["threshold"]) == (False, False, [], None)


def test_the_real_store_knows_its_own_products(shop: Any) -> None:
    products = shop.store.catalogue.products(labelled=True)[:40]
    first = [ranking[0].tag for ranking in shop.pipeline.suggest(products, 1)]
    assert sum(tag in product.tags for tag, product in zip(first, products, strict=True)) >= 39


def test_the_real_store_gives_a_product_the_same_tags_in_any_batch(shop: Any) -> None:
    check_rankings(shop.pipeline, shop.unseen[:12])
    check_batches(shop.pipeline, shop.unseen[:12], limit=10)
    check_evidence(shop.pipeline.taggers["knn"], shop.unseen[:12])
    check_evidence(shop.pipeline.taggers["lexical"], shop.unseen[:12])
    check_evidence(shop.pipeline.taggers["phrases"], shop.unseen[:12])


@pytest.mark.slow
def test_fresh_texts_get_the_same_tags_in_any_batch_and_process(shop: Any) -> None:
    # Use another pipeline, because each caches the vectors it has computed.
    together = shop.pipeline.suggest(FRESH, 10)
    another = open_pipeline(shop.store)
    alone = [another.suggest([product], 10)[0] for product in reversed(FRESH)][::-1]
    for one, other in zip(together, alone, strict=True):
        assert dict(one) == pytest.approx(dict(other), abs=1e-3)


def test_evidence_speaks_for_a_tag_in_either_language(shop: Any) -> None:
    [zh] = [each for each in shop.unseen if each.lang == "zh"][:1]
    answer = shop.pipeline.explain(zh, 20)
    spans = [span for each in answer.tags for span in each.evidence.spans]
    assert spans
    assert all(zh.text[span.start : span.end] == span.text for span in spans)
    assert any(each.evidence.neighbours for each in answer.tags)
    sources = [share.source for share in answer.tags[0].evidence.shares]
    assert sources == [*shop.report.taggers, "statistics", "text", "base", "others"]
    assert {"zh", "en"} == set(answer.tags[0].labels)


def test_an_optional_tagger_without_its_weights_is_left_out_and_named(fitted: Fit) -> None:
    store, _ = fitted(LEARNT, taggers={"generator": {"enabled": True, "required": False}})
    manifest = json.loads((store.folder / "manifest.json").read_text())
    del manifest["checksum"]
    generator = manifest["publications"][FITTED]["about"]["settings"]["taggers"]["generator"]
    generator["options"] = {"model": "acme/no-such-t5"}
    (store.folder / "manifest.json").write_text(json.dumps(manifest))
    answer = open_pipeline(store).explain(LEARNT[0], 3)
    assert list(answer.without) == ["generator"]
    assert "no weights for 'acme/no-such-t5'" in str(answer.without["generator"])
    assert answer.tags
    generator["required"] = True
    (store.folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MissingArtifact, match="no weights for 'acme/no-such-t5'"):
        open_pipeline(store)

import gzip
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.encoders.vector_cache import VectorCache
from index.files.product_reader import Reject, read_products
from index.product import Product, make_product
from index.progress import silent
from index.snapshots import take
from index.store import Store
from tagger.demo.build import build
from tagger.demo.material import Department, Kind, departments, facet_labels, several_occasions, violations
from tagger.demo.paths import FUSION, MADE_WITH, PRODUCTS, VECTORS, VOCABULARY
from tagger.demo.shop import Shop, listings, vocabulary_entries
from tagger.demo.store import _version, fill, fusion_inputs, ready, settings_of_demo
from tagger.fit import fit
from tagger.load import open_pipeline
from tagger.splits import held_out
from tagger.vocabulary import Vocabulary, read_tsv

DEPARTMENTS = departments()
FACETS = facet_labels()


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    """The demo's packaged vocabulary."""
    return read_tsv(VOCABULARY)


@pytest.fixture(scope="module")
def listed() -> list[Product]:
    """The demo's products as in the file, with tags in each product's own language."""
    outcomes = [each.outcome for each in read_products([PRODUCTS])]
    assert not [each for each in outcomes if isinstance(each, Reject)]
    return [each for each in outcomes if isinstance(each, Product)]


@pytest.mark.parametrize("department", DEPARTMENTS, ids=lambda department: department.tag)
def test_the_material_of_a_department_is_in_order(department: Department) -> None:
    assert list(violations(department, FACETS)) == []


@pytest.mark.slow
def test_what_ships_is_what_the_material_makes(tmp_path: Path) -> None:
    build(tmp_path / "products.jsonl.gz", tmp_path / "vocabulary.tsv")
    assert (tmp_path / "vocabulary.tsv").read_bytes() == VOCABULARY.read_bytes()
    built, shipped = (tmp_path / "products.jsonl.gz").read_bytes(), PRODUCTS.read_bytes()
    # Compare unpacked: another zlib may compress differently.
    assert gzip.decompress(built) == gzip.decompress(shipped)
    assert built[4:8] == shipped[4:8] == bytes(4)


def test_the_shop_is_large_and_half_of_it_is_chinese(listed: list[Product], vocabulary: Vocabulary) -> None:
    languages = Counter(product.lang for product in listed)
    assert len(listed) >= 2400
    assert languages == {"zh": len(listed) / 2, "en": len(listed) / 2}
    assert len(DEPARTMENTS) >= 12
    assert len({kind.tag for department in DEPARTMENTS for kind in department.kinds}) >= 60
    assert len(vocabulary) >= 400
    assert len({vocabulary.canonical(tag) for product in listed for tag in product.tags}) >= 400


def test_each_product_has_four_to_twelve_tags_of_the_vocabulary(listed: list[Product], vocabulary: Vocabulary) -> None:
    for product in listed:
        tags = [vocabulary.canonical(tag) for tag in product.tags]
        assert 4 <= len(set(tags)) <= 12, product
        assert all(tag in vocabulary for tag in tags), product


def test_a_product_is_tagged_in_its_own_language(listed: list[Product], vocabulary: Vocabulary) -> None:
    for product in listed:
        own = [vocabulary.labels(vocabulary.canonical(tag))[product.lang] for tag in product.tags]
        # The case of a tag is the most frequent one in the file, which has both languages: 4k and 4K.
        assert [tag.casefold() for tag in product.tags] == [tag.casefold() for tag in own], product


def test_every_tag_has_a_facet_and_a_label_in_both_languages(vocabulary: Vocabulary) -> None:
    for tag in vocabulary.tags:
        assert set(vocabulary.labels(tag)) == {"zh", "en"}, tag
        assert vocabulary.facet(tag), tag


def test_no_label_of_one_tag_names_another(vocabulary: Vocabulary) -> None:
    for tag in vocabulary.tags:
        assert vocabulary.canonical(tag) == tag
        for label in vocabulary.labels(tag).values():
            assert vocabulary.canonical(label) == tag, (tag, label)


def test_no_two_products_are_told_in_the_same_words(listed: list[Product]) -> None:
    for words in ("id", "title", "description"):
        [(most, count)] = Counter(getattr(product, words) for product in listed).most_common(1)
        assert count == 1, most


def test_every_products_vector_ships(listed: list[Product], tmp_path: Path) -> None:
    [shipped] = VECTORS.iterdir()
    (tmp_path / shipped.name).write_bytes(shipped.read_bytes())
    cache = VectorCache(tmp_path)
    assert [product.title for product in listed if product.text not in cache] == []
    assert (len(cache), cache.dim) == (len(listed), 384)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A store with the demo's products, not yet fitted."""
    folder = tmp_path_factory.mktemp("demo")
    with Store.writer(folder / "store", create=True) as store:
        fill(store, settings_of_demo(), silent)
    return store


def test_the_fusion_that_ships_was_learnt_from_what_ships(filled: Store) -> None:
    made = json.loads((FUSION / MADE_WITH).read_text("utf-8"))
    assert fusion_inputs(filled, settings_of_demo()) == made, "run: python -m tagger.demo.build"


def test_with_other_settings_the_fusion_is_not_taken_over(filled: Store, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("[taggers.generator]\nenabled = false\n", "utf-8")
    made = json.loads((FUSION / MADE_WITH).read_text("utf-8"))
    assert fusion_inputs(filled, settings_of_demo(tmp_path / "other.toml")) != made


@pytest.mark.slow
def test_the_fusion_that_ships_answers_as_one_that_is_learnt_now(
    filled: Store, vocabulary: Vocabulary, tmp_path: Path
) -> None:
    # Omikuji's clustering has no seed, so two fits differ slightly.
    products = [product for product in filled.catalogue.products() if held_out(product)][:60]
    learnt, shipped = (_probabilities(filled.folder, products, fusion) for fusion in (None, FUSION))
    tags = learnt.keys() & shipped.keys()
    assert len(tags) > 0.9 * len(learnt)
    assert np.mean([abs(learnt[tag] - shipped[tag]) for tag in tags]) < 0.02


def _probabilities(folder: Path, products: list[Product], fusion: Path | None) -> dict[tuple[str, str], float]:
    with Store.writer(folder) as store:
        fit(store, settings_of_demo(), silent, fusion=fusion)
    rankings = open_pipeline(store).suggest(products, 20)
    return {(p.id, tag): score for p, ranking in zip(products, rankings, strict=True) for tag, score in ranking}


def test_another_seed_writes_another_shop() -> None:
    shop = Shop(DEPARTMENTS[:1], FACETS, several_occasions())
    first, same, other = listings(shop), listings(shop), listings(shop, seed=1)
    assert first == same
    assert len(first) == len(other)
    assert not {listing.description for listing in first} & {listing.description for listing in other[:20]}


def test_material_for_too_few_products_is_refused() -> None:
    kind = DEPARTMENTS[0].kinds[0]
    # One name, one brand, one size, no colour and identical feature names give only about three titles.
    poor = replace(
        kind,
        names={lang: names[:1] for lang, names in kind.names.items()},
        specs={lang: specs[:1] for lang, specs in kind.specs.items()},
        features=tuple(replace(feature, title_zh="轻便") for feature in kind.features),
        facets=dict.fromkeys(kind.facets, ()),
    )
    department = replace(DEPARTMENTS[0], kinds=(poor,), brands=DEPARTMENTS[0].brands[:1])
    with pytest.raises(ValueError, match=f"the material for {kind.tag} in zh is too little for so many products"):
        listings(Shop([department], FACETS, several_occasions()))


def test_a_tag_of_two_kinds_is_one_entry_with_the_aliases_of_both() -> None:
    entries = vocabulary_entries(DEPARTMENTS, FACETS)
    assert len({entry.tag for entry in entries}) == len(entries)
    for entry in entries:
        assert all(len(set(forms)) == len(forms) for forms in entry.labels.values()), entry


def _broken(**changes: Any) -> list[str]:
    """Return the problems of the first department after changing its first kind."""
    kind = DEPARTMENTS[0].kinds[0]
    return _of(replace(kind, **{name: change(getattr(kind, name)) for name, change in changes.items()}))


def _of(kind: Kind) -> list[str]:
    return list(violations(replace(DEPARTMENTS[0], kinds=(kind, *DEPARTMENTS[0].kinds[1:])), FACETS))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"names": lambda names: {**names, "en": names["en"][:3]}}, "names_en: 3 of at least 4"),
        ({"names": lambda names: {**names, "en": (*names["en"], "Thing")}}, "'Thing' does not name the kind"),
        ({"specs": lambda specs: {**specs, "zh": specs["zh"][:5]}}, "specs_zh: 5 of at least 6"),
        ({"features": lambda features: features[:5]}, "features: 5 of at least 6"),
        ({"features": lambda features: (*features, features[0])}, "twice or already another tag"),
        ({"features": lambda features: (replace(features[0], tag="Upper"), *features[1:])}, "lower case, three words"),
        (
            {"features": lambda features: (replace(features[0], title_en="x"), *features[1:])},
            "title_en does not say it",
        ),
        (
            {"features": lambda features: (replace(features[0], zh_text=("一。", "二。")), *features[1:])},
            "zh_text: 2 of at least 3",
        ),
        (
            {"features": lambda features: (replace(features[0], en_text=("A.", "B.", "C.")), *features[1:])},
            "fewer than two en sentences say it",
        ),
        ({"facets": lambda facets: {**facets, "colour": ("infrared",)}}, "no colour 'infrared' in facets.toml"),
        ({"sentences": lambda slots: {**slots, "openers_en": slots["openers_en"][:3]}}, "openers_en: 3 of at least 4"),
        (
            {"sentences": lambda slots: {**slots, "openers_en": (*slots["openers_en"], "It is good.")}},
            "openers_en: no {name} in 'It is good.'",
        ),
        (
            {"sentences": lambda slots: {**slots, "closers_en": (*slots["closers_en"], "Take it")}},
            "no final punctuation: 'Take it'",
        ),
        (
            {"sentences": lambda slots: {**slots, "closers_en": (*slots["closers_en"], slots["closers_en"][0])}},
            "twice: ",
        ),
    ],
)
def test_a_fault_in_the_material_is_named(changes: dict[str, Any], problem: str) -> None:
    found = _broken(**changes)
    assert any(problem in each for each in found), found
    assert all(each.startswith(f"{DEPARTMENTS[0].tag} / ") for each in found)


def test_a_department_of_few_brands_is_named() -> None:
    few = replace(DEPARTMENTS[0], brands=DEPARTMENTS[0].brands[:7])
    assert list(violations(few, FACETS)) == [f"{few.tag}: fewer than 8 brands"]


def test_a_shop_that_is_not_on_this_machine_comes_back_from_its_snapshot_with_what_was_changed(tmp_path: Path) -> None:
    settings = settings_of_demo()
    settings = replace(settings, weights=replace(settings.weights, cache=tmp_path / "here"))
    with Store.writer(tmp_path / "there" / f"demo-{_version(settings)}", create=True) as store:
        store.catalogue.upsert([make_product("corrected")])
    (store.folder / "ready").touch()
    take(store, tmp_path / "bucket")
    folder = ready(settings, silent, tmp_path / "bucket")
    assert folder == tmp_path / "here" / store.folder.name
    assert [product.title for product in Store.open(folder).catalogue.products()] == ["corrected"]

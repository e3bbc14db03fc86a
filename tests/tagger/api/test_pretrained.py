"""Moving taggers between machines as folders of plain files."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput, MissingArtifact, StaleArtifact
from tagger import Suggestions, Tagger, make_product

TEXTS = ["mug no 3", "超薄冰箱", "lamp", "something else", "kettle and mug", ""]


def same(found: Suggestions, expected: Suggestions) -> None:
    """Assert that suggestions are equal in all their parts, with probabilities to within 1e-9."""
    assert [(each.tag, each.accepted, each.new, each.facet, each.labels) for each in found] == [
        (each.tag, each.accepted, each.new, each.facet, each.labels) for each in expected
    ]
    assert [each.probability for each in found] == pytest.approx([each.probability for each in expected], abs=1e-9)
    assert found.labelled == expected.labelled


@pytest.fixture(scope="session")
def saved(fitted_shop: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shop saved as a folder, without its catalogue."""
    return fitted_shop.save_pretrained(tmp_path_factory.mktemp("saved") / "shop-tagger")


def test_a_saved_tagger_suggests_the_same_without_its_catalogue(
    fitted_shop: Tagger, saved: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    copy = Tagger.from_pretrained(saved, folder=tmp_path / "copy", settings=settings)
    for text in TEXTS[:-1]:
        same(copy.suggest(text), fitted_shop.suggest(text))
    same(copy.explain("mug no 3"), fitted_shop.explain("mug no 3"))
    info = copy.info()
    assert (info.products, info.fitted, info.up_to_date) == (0, True, False)
    assert dict(copy.vocabulary)["冰箱"].labels == {"en": "fridge", "zh": "冰箱"}
    same(Tagger.open(tmp_path / "copy").suggest("mug"), fitted_shop.suggest("mug"))


def test_what_was_renamed_and_merged_stays_so(shop: Tagger, tmp_path: Path, settings: dict[str, Any]) -> None:
    shop.vocabulary.rename("mug", "cup")
    shop.vocabulary.merge("lamp", "冰箱")
    shop.vocabulary.alias("kettle", "水壶")
    copy = Tagger.from_pretrained(shop.save_pretrained(tmp_path / "saved"), folder=tmp_path / "copy", settings=settings)
    assert dict(copy.vocabulary) == {tag: replace(each, products=0) for tag, each in shop.vocabulary.items()}
    for text in TEXTS[:-1]:
        same(copy.suggest(text), shop.suggest(text))
    assert copy.suggest("mug no 3")[0].tag == "cup"


def test_with_the_catalogue_products_and_decisions_come_along(
    shop: Tagger, tmp_path: Path, settings: dict[str, Any]
) -> None:
    shop.decide("add", make_product("mug no 77"), "gift", by="Ann")
    shop.decide("remove", "2", "lamp")
    shop.undo(shop.decide("reject", "6", "lamp").number, by="Bob")
    saved = shop.save_pretrained(tmp_path / "saved", catalogue=True)
    copy = Tagger.from_pretrained(saved, folder=tmp_path / "copy", settings=settings)
    assert copy.decisions() == shop.decisions()
    assert [copy.product(id) for id in ("1", "2", "6")] == [shop.product(id) for id in ("1", "2", "6")]
    assert copy.info() == replace(shop.info(), store=str(tmp_path / "copy"))
    same(copy.suggest("mug no 77"), shop.suggest("mug no 77"))
    assert "gift" in copy.suggest("mug no 77").accepted
    copy.undo(2)
    assert copy.product("2").tags == ("lamp",), "a decision that came along can be undone"


def test_the_folder_holds_no_products_unless_they_are_asked_for(saved: Path) -> None:
    names = {path.relative_to(saved).as_posix() for path in saved.rglob("*") if path.is_file()}
    assert {"README.md", "config.json", "vocabulary.json", "models/ranker.json"} <= names
    assert not {"products.jsonl", "decisions.jsonl"} & names
    assert not [name for name in names if name.endswith((".pkl", ".pickle", ".pt", ".bin", ".duckdb"))]


def test_the_model_card_holds_the_figures_on_held_out_products(fitted_shop: Tagger, saved: Path) -> None:
    card = (saved / "README.md").read_text("utf-8")
    front, body = re.fullmatch(r"---\n(.*?)\n---\n\n(.*)", card, re.DOTALL).groups()  # type: ignore[union-attr]
    assert "library_name: tagweave" in front
    assert "- type: micro_f1\n      value: 1.0" in front
    assert "Measured on 60 labelled products that the taggers had not been trained on" in body
    assert re.search(r"^\| fused \| 1\.0000 \| 1\.0000 \|", body, re.MULTILINE)
    assert 'Tagger.from_pretrained("shop-tagger")' in body
    assert "trained on 60 labelled products" in body


def test_the_same_tagger_is_made_once_in_the_cache_folder(
    saved: Path, tmp_path: Path, settings: dict[str, Any]
) -> None:
    cached = settings | {"weights": {"cache": str(tmp_path)}}
    first = Tagger.from_pretrained(saved, settings=cached)
    assert first.folder.parent == tmp_path / "pretrained"
    first.decide("add", make_product("mug no 77"), "gift")
    assert len(Tagger.from_pretrained(saved, settings=cached).decisions()) == 1


def test_a_folder_that_is_there_is_not_written_over(fitted_shop: Tagger, saved: Path) -> None:
    with pytest.raises(BadInput, match="already exists; name a new folder"):
        Tagger.from_pretrained(saved, folder=fitted_shop.folder)
    with pytest.raises(BadInput, match="exists and is not empty; name a new folder"):
        fitted_shop.save_pretrained(saved)


def test_before_the_first_fit_there_is_nothing_to_save(unfitted: Tagger, tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match="has no fitted models yet"):
        unfitted.save_pretrained(tmp_path / "saved")
    with pytest.raises(MissingArtifact, match=r"is not a saved tagger: it has no config\.json"):
        Tagger.from_pretrained(unfitted.folder)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda config: config | {"format": 9}, "has format 9; this version reads format 1"),
        (
            lambda config: config | {"files": config["files"] | {"../x": "0"}},
            r"'\.\./x' in .* is missing or was changed",
        ),
        (lambda config: config | {"files": config["files"] | {"/etc/hosts": "0"}}, "'/etc/hosts' in .* is missing"),
        (lambda config: config["files"], "cannot be read: 'format'"),
        (
            lambda config: config | {"files": config["files"] | {"vocabulary.json": "0"}},
            "'vocabulary.json' in .* changed",
        ),
    ],
)
def test_a_damaged_or_hostile_folder_makes_no_store(
    saved: Path, tmp_path: Path, settings: dict[str, Any], change: Any, reason: str
) -> None:
    hostile = tmp_path / "hostile"
    hostile.mkdir()
    for path in saved.iterdir():
        (hostile / path.name).symlink_to(path)
    config = json.loads((saved / "config.json").read_text("utf-8"))
    (hostile / "config.json").unlink()
    (hostile / "config.json").write_text(json.dumps(change(config)), "utf-8")
    with pytest.raises(StaleArtifact, match=reason):
        Tagger.from_pretrained(hostile, folder=tmp_path / "copy", settings=settings)
    assert not (tmp_path / "copy").exists()

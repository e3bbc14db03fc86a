"""Save a fitted store as a folder of plain files, such as a hub's repository, and restore it.

README.md          the model card, with the metrics on held-out products
config.json        the format, a description of the models, and the SHA-256 of every other file
models/            the published models, as the taggers write them: safetensors, JSON, text, arrays; no pickle
vocabulary.json    the tags with their labels and parents, and the changes that people made
products.jsonl     the products with their tags; only if saved with the catalogue
decisions.jsonl    people's decisions; only if saved with the catalogue
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from index.atomic import new_folder
from index.catalogue.catalogue import DetailRow, LabelRow, ParentRow
from index.catalogue.decision import Decision
from index.catalogue.tag_edit import TagChange
from index.errors import BadInput, MissingArtifact, StaleArtifact
from index.product import Product
from index.store import FITTED, Store
from tagger.api.model_card import model_card
from tagger.api.result import plain
from tagger.settings import Settings
from tagger.vocabulary.stored import labels_of

FORMAT = 1
CONFIG = "config.json"
CARD = "README.md"
_MODELS = "models"
_VOCABULARY = "vocabulary.json"
_PRODUCTS = "products.jsonl"
_DECISIONS = "decisions.jsonl"


def save(store: Store, folder: Path, *, catalogue: bool, name: str) -> None:
    """Write a fitted store to a new or empty folder; `name` is the tagger's name on the model card.

    Raises `MissingArtifact` before the first `fit`, `BadInput` if the folder is not empty.
    """
    published, about = store.published(FITTED)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadInput("save.folder-not-empty", folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(published, folder / _MODELS)
    _write(folder / _VOCABULARY, _vocabulary_of(store))
    if catalogue:
        _write_lines(folder / _PRODUCTS, store.catalogue.products())
        _write_lines(folder / _DECISIONS, store.decisions.all())
    _write(folder / CONFIG, {"format": FORMAT, "about": dict(about), "files": _sums(folder)})
    (folder / CARD).write_text(model_card(store, published, about, catalogue=catalogue, name=name), "utf-8")


def make_store(source: Path, folder: str | os.PathLike[str] | None, settings: Settings) -> Path:
    """Create a store from what `save` wrote and return its folder: `folder`, or else one in the cache folder.

    Raises `BadInput` if `folder` exists already, and what `restore` raises.
    """
    read_config(source)
    name = f"{source.resolve().name}-{_sum(source / CONFIG)[:12]}"
    place = Path(folder) if folder else settings.weights.folder / "pretrained" / name
    if folder and place.exists():
        raise BadInput("save.exists", path=place)
    if not place.exists():
        with new_folder(place) as building, Store.writer(building, settings.catalogue, create=True) as store:
            restore(source, store)
    return place


def restore(source: Path, store: Store) -> None:
    """Fill an empty store, open for writing, from what `save` wrote.

    Raises `MissingArtifact` if the folder is not a saved tagger, `StaleArtifact` if its format is another or files are
    missing or altered.
    """
    config = read_config(source)
    for name, expected in config["files"].items():
        if not _is_inside(name) or not (source / name).is_file() or _sum(source / name) != expected:
            raise StaleArtifact("save.changed", name=name, path=source)
    _restore_vocabulary(store, json.loads((source / _VOCABULARY).read_text("utf-8")))
    if _PRODUCTS in config["files"]:
        store.catalogue.upsert([_product(each) for each in _lines(source / _PRODUCTS)])
        store.decisions.restore([_decision(each) for each in _lines(source / _DECISIONS)])
    with store.publication(FITTED, dict(config["about"])) as folder:
        for name in config["files"]:
            kind, _, inner = name.partition("/")
            if kind == _MODELS:
                (folder / inner).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, folder / inner)


def read_config(source: Path) -> dict[str, Any]:
    """Read a saved tagger's config. Raises `MissingArtifact` or `StaleArtifact`."""
    path = source / CONFIG
    if not path.is_file():
        raise MissingArtifact("save.not-saved-here", path=source, file=CONFIG)
    try:
        config: dict[str, Any] = json.loads(path.read_text("utf-8"))
        format, _ = config["format"], dict(config["about"]) | dict(config["files"])
    except (ValueError, KeyError, TypeError) as error:
        raise StaleArtifact("save.cannot-read", path=path, reason=error) from error
    if format != FORMAT:
        raise StaleArtifact("save.other-format", path=path, found=format, expected=FORMAT)
    return config


def _vocabulary_of(store: Store) -> dict[str, object]:
    """Return labels, also of tags that only products have, parents, and the changes in force without their authors."""
    said, labels = store.catalogue.labelling(), labels_of(store.catalogue)
    bare = [tag for tag in store.catalogue.tag_counts() if tag not in labels and not labels.knows_as_another(tag)]
    rows = [*said.labels, *(LabelRow(tag, "", "", tag, 0) for tag in bare)]
    active = [each for each in said.edits if each.undone_at is None]
    return {
        "labels": [list(asdict(row).values()) for row in rows],
        "parents": [list(asdict(row).values()) for row in said.parents],
        "details": [list(asdict(row).values()) for row in said.details],
        "edits": [[each.kind, each.tag, each.value, each.lang] for each in active],
    }


def _restore_vocabulary(store: Store, saved: Mapping[str, Any]) -> None:
    # Taggers that were saved by earlier versions have no details.
    store.catalogue.set_labels(
        [LabelRow(*row) for row in saved["labels"]],
        [ParentRow(*row) for row in saved["parents"]],
        [DetailRow(*row) for row in saved.get("details", ())],
    )
    for row in saved["edits"]:
        store.catalogue.edits.add(TagChange(*row))


def _product(values: Mapping[str, Any]) -> Product:
    known = {each.name: values[each.name] for each in fields(Product) if each.name in values}
    return Product(**known | {"tags": tuple(values["tags"])})


def _decision(values: Mapping[str, Any]) -> Decision:
    before = values["before"]
    undone = values["undone_at"]
    return Decision(
        **{
            **values,
            "at": datetime.fromisoformat(values["at"]),
            "before": None if before is None else tuple(before),
            "undone_at": None if undone is None else datetime.fromisoformat(undone),
        }
    )


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")


def _write_lines(path: Path, records: list[Product] | list[Decision]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(plain(each), ensure_ascii=False) + "\n" for each in records)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8", newline="\n") as file:
        yield from map(json.loads, file)


def _sums(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _sum(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_inside(name: str) -> bool:
    """Tell whether a name from an untrusted file stays inside the folder that it is joined to."""
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts and "\\" not in name

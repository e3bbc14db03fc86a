"""Output folders of trainings: refused where they hold other things, replaced in one step."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from index.errors import BadInput


def refuse_foreign_folder(folder: Path) -> None:
    """Raise `BadInput` for a folder that holds other things than a model: it would be put in their place."""
    if folder.exists() and not (folder / "config.json").is_file() and (folder.is_file() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds other things than a model; name a new folder")


@contextlib.contextmanager
def replace_folder(folder: Path) -> Iterator[Path]:
    """Fill a new folder, and put it in the place of the old one once it is whole."""
    building = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    yield building
    shutil.rmtree(folder, ignore_errors=True)
    building.replace(folder)

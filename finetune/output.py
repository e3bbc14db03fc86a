"""Output folders of trainings: nothing in them is replaced in silence."""

from pathlib import Path

from index.errors import BadInput


def refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    """Raise `BadInput` for a folder that holds something; a model may be overwritten, other things never."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / "config.json").is_file():
        raise BadInput(f"{folder} holds other things than a model; name a new folder")
    if not overwrite:
        raise BadInput(f"{folder} holds a model already; name a new folder, or replace it: --overwrite")

"""Output folders of trainings: refused where they hold other things."""

from pathlib import Path

from index.errors import BadInput


def refuse_foreign_folder(folder: Path) -> None:
    """Raise `BadInput` for a folder that holds other things than a model: it would be put in their place."""
    if folder.exists() and not (folder / "config.json").is_file() and (folder.is_file() or any(folder.iterdir())):
        raise BadInput(f"{folder} holds other things than a model; name a new folder")

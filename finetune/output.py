"""Output folders of trainings: nothing in them is overwritten unless the user asks for it."""

from pathlib import Path

from index.errors import BadInput


def refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    """Raise `BadInput` if the folder is not empty; with `overwrite`, a model may be replaced, but nothing else."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return
    if not (folder / "config.json").is_file():
        raise BadInput("finetune.folder-in-use", folder=folder)
    if not overwrite:
        raise BadInput("finetune.model-exists", folder=folder)

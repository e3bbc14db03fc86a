"""Train the generator's adapter by the command that a package brings: `finetune` in this distribution."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from index.plugins import PluginRegistry, unguarded
from index.progress import Progress
from tagger.load import neighbours_of
from tagger.settings import Settings

_COMMANDS = PluginRegistry[Any]("tagweave.commands", {"finetune": "finetune.command:run"}, unguarded)


def train_adapter(
    folder: Path,
    settings: Settings,
    changed: Mapping[str, object],
    progress: Progress,
    *,
    wait_s: float = 0.0,
    fresh: bool = False,
) -> dict[str, object]:
    """Train an adapter on a store's labelled products; values of `changed` that are None stay what the settings say.

    It goes on from the last training where that is sound, unless `fresh` is true.
    Raises `BadSetting` for an unknown setting, `BadInput` for a store with too few labelled products.
    """
    neighbours = partial(neighbours_of, settings=settings, progress=progress)
    given = {key: value for key, value in changed.items() if value is not None}
    arguments = [folder, settings.weights, settings.catalogue, neighbours, progress]
    run = _COMMANDS.factory("finetune")
    result: dict[str, object] = run(*arguments, {**settings.finetune, **given}, wait_s=wait_s, fresh=fresh)
    return result

"""Train the generator's adapter with a command found by entry point: `finetune` in this distribution."""

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
    """Train an adapter on a store's labelled products; `changed` overrides the settings, except where it is None.

    The last training is resumed if it is compatible, unless `fresh` is true.
    Raises `BadSetting` for an unknown setting, `BadInput` if the store has too few labelled products.
    """
    neighbours = partial(neighbours_of, settings=settings, progress=progress)
    given = {key: value for key, value in changed.items() if value is not None}
    arguments = [folder, settings.weights, settings.catalogue, neighbours, progress]
    run = _COMMANDS.factory("finetune")
    result: dict[str, object] = run(*arguments, {**settings.finetune, **given}, wait_s=wait_s, fresh=fresh)
    return result

"""Build training requests from what is chosen on the page."""

import json
from collections.abc import Sequence

from index.errors import BadInput
from index.messages import Message
from tagger.fusion.acceptance import Rule
from tagger.jobs.training.process import TrainingRequest
from tagger.settings import Settings

_MOST_ROUNDS = 2000
_MOST_EPOCHS = 200


def fit_run(settings: Settings, *, taggers: Sequence[str], rule: Rule, rounds: int, seed: int) -> TrainingRequest:
    """Return a fit with these taggers; all other settings stay the store's own.

    Raises `BadInput` if no tagger is chosen, one is unknown, or a number is out of range.
    """
    known = settings.taggers
    if not taggers:
        raise BadInput("training.no-tagger")
    if unknown := [name for name in taggers if name not in known]:
        raise BadInput("value.choices", what=Message("plugin.tagger"), value=unknown[0], available=", ".join(known))
    _refuse_beyond("rounds", rounds, 1, _MOST_ROUNDS)
    _refuse_beyond("seed", seed, 0, 10**9)
    lines = ["[fusion]", f"seed = {seed}", f"acceptance = {json.dumps(rule)}", "[fusion.ranker]", f"rounds = {rounds}"]
    for name, section in known.items():
        # A chosen tagger that is enabled "with adapter" keeps that setting.
        if bool(section.enabled) != (name in taggers):
            lines += [f"[taggers.{json.dumps(name, ensure_ascii=False)}]", f"enabled = {json.dumps(name in taggers)}"]
    chosen = {"taggers": list(taggers), "rule": rule, "rounds": rounds, "seed": seed}
    return TrainingRequest("fit", settings="\n".join(lines) + "\n", chosen=chosen)


def finetune_run(*, epochs: int, learning_rate: float, seed: int) -> TrainingRequest:
    """Return a fine-tuning of the generator. Raises `BadInput` if a number is out of range."""
    _refuse_beyond("epochs", epochs, 1, _MOST_EPOCHS)
    _refuse_beyond("learning rate", learning_rate, 1e-6, 1.0)
    _refuse_beyond("seed", seed, 0, 10**9)
    chosen = {"epochs": epochs, "learning_rate": learning_rate, "seed": seed}
    return TrainingRequest(
        "finetune", {name.replace("_", "-"): str(value) for name, value in chosen.items()}, chosen=chosen
    )


def _refuse_beyond(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput("value.range", name=Message(name), low=low, high=high, value=f"{value:g}")

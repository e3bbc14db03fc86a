"""Decide where a training begins: at a checkpoint's end, from its weights, or anew; and say why.

The optimizer goes on where only the number of epochs, the patience or the device differ. Other products go on from the
best weights with a fresh optimizer. Whatever else differs is another experiment and starts anew.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# An exact continuation may differ in these.
_FREE = ("epochs", "patience", "device")


@dataclass(frozen=True)
class Identity:
    """What is trained, how, and on which products.

    `fixed` decides which weights fit: base, tokenizer, prompt, shape and seed. `course` has the other settings.
    """

    fixed: Mapping[str, Any]
    course: Mapping[str, Any]
    products: str

    def key(self) -> str:
        """Name everything but the products, in letters that fit into a file's name."""
        return fingerprint([self.fixed, self.course])


def identify(settings: Any, fixed: Collection[str], products: str, others: Mapping[str, Any]) -> Identity:
    """Divide a dataclass of settings; `fixed` names those that the weights depend on, as they do on `others`."""
    known = {name: value for name, value in asdict(settings).items() if name not in _FREE}
    course = {name: value for name, value in known.items() if name not in fixed}
    return Identity({**others, **{name: known[name] for name in fixed}}, course, products)


def fingerprint(content: Any) -> str:
    """Name anything that JSON can hold by its content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def continues(former: Identity | None, now: Identity) -> bool:
    """Tell whether the optimizer and the history go on."""
    return former == now


def lends_weights(former: Identity | None, now: Identity) -> bool:
    """Tell whether the weights go on with a fresh optimizer: the products differ, and the weights fit."""
    return former is not None and former.fixed == now.fixed and former.products != now.products


def why_anew(former: Identity | None, now: Identity, path: Path) -> str:
    """Say what of a checkpoint does not fit, and where it is kept."""
    if former is None:
        return f"starting anew: the checkpoint is of an earlier version; it is kept in {path}"
    before, after = ({**each.fixed, **each.course} for each in (former, now))
    names = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    differences = "; ".join(f"{name} {before.get(name, 'unset')}, now {after.get(name, 'unset')}" for name in names)
    return f"starting anew: the checkpoint was trained with {differences}; it is kept in {path}"

"""Decide where a training starts: at a checkpoint, from its weights, or from scratch; and say why.

The optimizer continues if only the number of epochs, the patience or the device differ. With other products, training
starts from the best weights with a fresh optimizer. Any other difference makes it another experiment, which starts from
scratch.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

# A training that differs only in these is resumed exactly.
_FREE = ("epochs", "patience", "device")


@dataclass(frozen=True)
class Identity:
    """What is trained, how, and on which products.

    `fixed` determines which weights fit: base, tokenizer, prompt, shape and seed. `course` holds the other settings.
    """

    fixed: Mapping[str, Any]
    course: Mapping[str, Any]
    products: str

    def key(self) -> str:
        """Hash everything except the products; used in file names."""
        return fingerprint([self.fixed, self.course])


def identify(settings: Any, fixed: Collection[str], products: str, others: Mapping[str, Any]) -> Identity:
    """Return the identity of a training with these settings (a dataclass).

    The weights depend on the settings named in `fixed`, and on `others`.
    """
    known = {name: value for name, value in asdict(settings).items() if name not in _FREE}
    course = {name: value for name, value in known.items() if name not in fixed}
    return Identity({**others, **{name: known[name] for name in fixed}}, course, products)


def fingerprint(content: Any) -> str:
    """Hash any value that JSON can hold."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def continues(former: Identity | None, now: Identity) -> bool:
    """Tell whether the optimizer and the history of the former training continue."""
    return former == now


def lends_weights(former: Identity | None, now: Identity) -> bool:
    """Tell whether to start from the former weights with a fresh optimizer: they fit, and the products differ."""
    return former is not None and former.fixed == now.fixed and former.products != now.products


def why_anew(former: Identity | None, now: Identity, path: Path) -> str:
    """Say how a checkpoint differs from this training, and where it is kept."""
    if former is None:
        return f"starting anew: the checkpoint is of an earlier version; it is kept in {path}"
    before, after = ({**each.fixed, **each.course} for each in (former, now))
    names = [name for name in {**after, **before} if before.get(name) != after.get(name)]
    differences = "; ".join(f"{name} {before.get(name, 'unset')}, now {after.get(name, 'unset')}" for name in names)
    return f"starting anew: the checkpoint was trained with {differences}; it is kept in {path}"

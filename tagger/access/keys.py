"""API keys of a store: only their hashes are kept, in `keys.json` in the store's folder.

A key is shown once, when it is made. It has a name, which the log of decisions shows, a scope, and perhaps a date of
expiry.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, get_args

from index.atomic import write_text
from index.errors import BadInput, StaleArtifact

FILE = "keys.json"
Scope = Literal["read", "write", "admin"]
# From the weakest to the strongest: each holds those before it.
SCOPES: tuple[Scope, ...] = get_args(Scope)
_NAME = re.compile(r"[\w][\w .@-]{0,79}")
_PREFIX = "tw_"
_ID_BYTES, _SECRET_BYTES = 6, 32
_DAY_S = 86_400
_OWNER_ONLY = 0o600
# Compared with if there is no such key, so that a wrong key takes as long as a wrong secret.
_NO_DIGEST = hashlib.sha256(b"").hexdigest()


@dataclass(frozen=True)
class Key:
    """One key: a public id, the hash of the whole key, and what it allows. Times are seconds since 1970."""

    id: str
    name: str
    scope: Scope
    digest: str
    made: float
    expires: float | None = None

    def allows(self, scope: Scope) -> bool:
        """Tell whether the key's scope holds another."""
        return SCOPES.index(self.scope) >= SCOPES.index(scope)

    @property
    def expired(self) -> bool:
        """Tell whether the key is no longer good."""
        return self.expires is not None and time.time() >= self.expires


class KeyRing:
    """The keys of a store. Thread-safe; changes by other processes count at once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._seen: tuple[int, ...] | None = None
        self._keys: dict[str, Key] = {}
        self._required = False

    @property
    def required(self) -> bool:
        """Tell whether requests need a key: the store has keys, or had some since the server started."""
        self._reread()
        return self._required

    def all(self) -> list[Key]:
        """Return all keys by name. Raises `StaleArtifact` if the file cannot be read."""
        self._reread()
        return sorted(self._keys.values(), key=lambda each: each.name)

    def find(self, token: str) -> Key | None:
        """Return the key that a client sent, also an expired one, or None if it is no key of this store."""
        self._reread()
        id = token.removeprefix(_PREFIX).partition("_")[0]
        known = self._keys.get(id)
        same = hmac.compare_digest(_digest(token), known.digest if known else _NO_DIGEST)
        return known if known and same else None

    def add(self, name: str, scope: Scope, days: float | None = None) -> str:
        """Make a key and return it; it is shown nowhere else. Raises `BadInput` for a name that is taken or no name."""
        if not _NAME.fullmatch(name):
            raise BadInput("keys.name")
        if any(each.name == name for each in self.all()):
            raise BadInput("keys.taken", name=name)
        return self._make(name, scope, days, self.all())

    def rotate(self, name: str, days: float | None = None) -> str:
        """Replace a key by a new one with the same name and scope, and return it. Raises `BadInput` if unknown."""
        old = self._named(name)
        return self._make(name, old.scope, days, [each for each in self.all() if each.name != name])

    def revoke(self, name: str) -> None:
        """Remove a key. Raises `BadInput` if there is none of this name."""
        gone = self._named(name)
        self._write([each for each in self.all() if each.id != gone.id])

    def _make(self, name: str, scope: Scope, days: float | None, others: Sequence[Key]) -> str:
        id = secrets.token_hex(_ID_BYTES)
        token = f"{_PREFIX}{id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
        now = time.time()
        key = Key(id, name, scope, _digest(token), now, None if days is None else now + days * _DAY_S)
        self._write([*others, key])
        return token

    def _named(self, name: str) -> Key:
        found = [each for each in self.all() if each.name == name]
        if not found:
            raise BadInput("keys.unknown", name=name, available=", ".join(each.name for each in self.all()))
        return found[0]

    def _write(self, keys: Sequence[Key]) -> None:
        text = json.dumps({"keys": [asdict(each) for each in keys]}, ensure_ascii=False, indent=1)
        before = os.umask(0o077)
        try:
            write_text(self._path, text + "\n")
        finally:
            os.umask(before)
        self._path.chmod(_OWNER_ONLY)

    def _reread(self) -> None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            # A file that goes while the server runs must not open it to everybody.
            self._keys, self._seen = {}, None
            return
        self._required = True
        seen = (state.st_mtime_ns, state.st_size, state.st_ino)
        if seen == self._seen:
            return
        try:
            read = json.loads(self._path.read_text("utf-8"))["keys"]
            self._keys = {key.id: key for key in (_checked(Key(**each)) for each in read)}
        except (ValueError, KeyError, TypeError) as error:
            self._keys, self._seen = {}, None
            raise StaleArtifact("keys.damaged", path=self._path, reason=error) from error
        self._seen = seen


def shown(key: Key) -> dict[str, object]:
    """Return a key as plain values, without its hash."""
    return {name: value for name, value in asdict(key).items() if name != "digest"} | {"expired": key.expired}


def _checked(key: Key) -> Key:
    if key.scope not in SCOPES or not isinstance(key.digest, str):
        raise ValueError(f"scope {key.scope!r}")
    return key


def _digest(token: str) -> str:
    """Hash a key. It has 256 random bits, so that a fast hash without salt cannot be searched."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

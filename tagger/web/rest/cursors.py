"""Cursors of pages: opaque to clients, and good for the same filters only."""

import base64
import binascii
import hashlib
import json

from index.errors import BadInput

_LARGEST = 1 << 62


def make_cursor(place: int, *filters: object) -> str:
    """Return the cursor of the page that begins after a place."""
    packed = json.dumps([place, _digest(filters)], separators=(",", ":"))
    return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")


def read_cursor(cursor: str, *filters: object) -> int:
    """Return the place in a cursor. Raises `BadInput` if it is none, or belongs to other filters."""
    try:
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place, digest = json.loads(packed)
    except (ValueError, TypeError, binascii.Error, RecursionError) as error:
        raise BadInput("request.cursor") from error
    if type(place) is not int or not 0 <= place <= _LARGEST or digest != _digest(filters):
        raise BadInput("request.cursor")
    return place


def _digest(filters: tuple[object, ...]) -> str:
    return hashlib.blake2b(repr(filters).encode(), digest_size=6).hexdigest()

"""The product type that all parts share."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from index.text.cleaning import clean
from index.text.language import detect_language


@dataclass(frozen=True)
class Product:
    """One product with clean texts; `tags` are its accepted labels, in the order given."""

    id: str
    title: str
    description: str = ""
    lang: str = "other"
    tags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Title and description, one line each."""
        return "\n".join(part for part in (self.title, self.description) if part)


def make_product(
    title: str, description: str = "", *, id: str = "", lang: str = "", tags: Sequence[str] = ()
) -> Product:
    """Clean the texts; derive the id from the content, and detect the language, if not given."""
    title, description = clean(title), clean(description)
    return Product(
        id=id or content_id(title, description),
        title=title,
        description=description,
        lang=lang or detect_language(f"{title} {description}"),
        tags=tuple(dict.fromkeys(filter(None, map(clean, tags)))),
    )


def content_id(title: str, description: str) -> str:
    """Return an id derived from the content: 16 hexadecimal digits of BLAKE2b."""
    content = f"{title}\0{description}".encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()

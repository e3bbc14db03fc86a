"""The product type that all parts share."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.text.cleaning import clean
from index.text.language import detect_language
from index.text.plain_characters import plain_characters

_BETWEEN = ": "


@dataclass(frozen=True)
class Attribute:
    """A property of a product with its value, such as Colour and Red."""

    name: str
    value: str

    @property
    def tag(self) -> str:
        """The tag that says the same; its facet is the attribute's name."""
        return f"{self.name}{_BETWEEN}{self.value}"

    @classmethod
    def of(cls, tag: str, facet: str) -> "Attribute | None":
        """Return the attribute that a tag with a facet says; `None` if the facet is not part of the tag."""
        begin = f"{facet}{_BETWEEN}"
        return cls(facet, tag.removeprefix(begin)) if facet and tag.startswith(begin) else None


@dataclass(frozen=True)
class Translation:
    """The texts of a product in a second language."""

    lang: str
    title: str
    description: str = ""


@dataclass(frozen=True)
class Product:
    """One product with clean texts, in the characters in which they came.

    `tags` are its accepted labels, in the order given. `translations` are its texts in other languages. `attributes`
    are those that its file gave apart; `tags` has the tag of each.
    """

    id: str
    title: str
    description: str = ""
    lang: str = "other"
    tags: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()
    attributes: tuple[Attribute, ...] = ()

    @property
    def text(self) -> str:
        """Title and description in their normal form for matching, one line each; other languages follow."""
        return "\n".join(map(plain_characters, self.lines))

    @property
    def shown(self) -> str:
        """Title and description as people read them, one line each; those in other languages follow."""
        return "\n".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The texts that are not empty."""
        others = (text for each in self.translations for text in (each.title, each.description))
        return tuple(filter(None, (self.title, self.description, *others)))


def make_product(
    title: str,
    description: str = "",
    *,
    id: str = "",
    lang: str = "",
    tags: Sequence[str] = (),
    translations: Sequence[Translation] = (),
    attributes: Sequence[Attribute] = (),
) -> Product:
    """Clean the texts; derive the id from the content, and detect the language, if not given."""
    title, description = clean(title), clean(description)
    # Most products have neither, and a large file has many of them.
    named = _named(attributes) if attributes else ()
    own = [*tags, *(each.tag for each in named)] if named else tags
    return Product(
        id=id or content_id(title, description),
        title=title,
        description=description,
        lang=lang or detect_language(plain_characters(f"{title} {description}")),
        tags=tuple(dict.fromkeys(filter(None, map(_clean_tag, own)))),
        translations=_translations(title, description, translations) if translations else (),
        attributes=named,
    )


# Many products have the same tags.
_clean_tag = lru_cache(maxsize=1 << 14)(clean)


def _named(attributes: Iterable[Attribute]) -> tuple[Attribute, ...]:
    cleaned = (Attribute(clean(each.name), clean(each.value)) for each in attributes)
    return tuple(dict.fromkeys(each for each in cleaned if each.name and each.value))


def _translations(title: str, description: str, given: Iterable[Translation]) -> tuple[Translation, ...]:
    """Return the clean translations; one that repeats the product's own texts says nothing."""
    texts = ((each.lang, clean(each.title), clean(each.description)) for each in given)
    kept = (
        Translation(lang or detect_language(plain_characters(f"{name} {more}")), "" if name == title else name, more)
        for lang, name, more in texts
        if (name and name != title) or (more and more != description)
    )
    return tuple(dict.fromkeys(kept))


def content_id(title: str, description: str) -> str:
    """Return an id derived from the content in its normal form: 16 hexadecimal digits of BLAKE2b."""
    content = f"{plain_characters(title)}\0{plain_characters(description)}".encode()
    return hashlib.blake2b(content, digest_size=8).hexdigest()

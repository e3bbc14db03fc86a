"""Products as records for a file of our own: names and values of attributes, and texts in other languages, apart."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from index.catalogue.tag_queries import TagNaming
from index.product import Attribute, Product
from tagger.vocabulary import Vocabulary

_COLUMNS: Final = ("id", "title", "description", "lang", "tags")
_ATTRIBUTES: Final = "attributes"
_TRANSLATIONS: Final = "translations"


@dataclass(frozen=True)
class ExportRecords:
    """The products of a store with their tags under current names."""

    products: Sequence[Product]
    vocabulary: Vocabulary
    naming: TagNaming

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns: those for attributes and other languages only where a product has some."""
        typed = {entry.tag for entry in self.vocabulary.of_attributes()}
        attributes = any(not typed.isdisjoint(self.naming.read(each.tags)) for each in self.products)
        translations = any(each.translations for each in self.products)
        return (*_COLUMNS, *([_ATTRIBUTES] if attributes else []), *([_TRANSLATIONS] if translations else []))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """Yield a record for each product."""
        return map(self._record, self.products)

    def _record(self, product: Product) -> dict[str, Any]:
        tags = {tag: Attribute.of(tag, self.vocabulary.facet(tag)) for tag in self.naming.read(product.tags)}
        return {
            "id": product.id,
            "title": product.title,
            "description": product.description,
            "lang": product.lang,
            "tags": [tag for tag, attribute in tags.items() if attribute is None],
            _ATTRIBUTES: [asdict(attribute) for attribute in tags.values() if attribute],
            _TRANSLATIONS: [asdict(each) for each in product.translations],
        }

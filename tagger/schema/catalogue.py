"""Products, tags and the store."""

from typing import Annotated, Any

from pydantic import Field

from tagger.schema.base import Answer
from tagger.schema.tags import Problem


class Translation(Answer):
    """The texts of a product in a second language."""

    lang: str
    title: str
    description: str = ""


class Product(Answer):
    """A product of the catalogue."""

    id: str
    title: str
    description: str = ""
    lang: str = Field(description="zh, en or other")
    tags: tuple[str, ...] = ()
    translations: tuple[Translation, ...] = ()


class ProductPage(Answer):
    """One page of products."""

    total: int = Field(description="how many products match")
    products: tuple[Product, ...]
    next: str | None = Field(default=None, description="cursor of the next page; absent on the last one")


class RejectedProduct(Answer):
    """A product that was not written."""

    position: int = Field(description="its place in the request, from 1")
    problem: Problem


class Written(Answer):
    """How many products were written; the writes are safe on disk."""

    accepted: int
    rejected: tuple[RejectedProduct, ...] = ()


class SimilarProduct(Product):
    """A product with its similarity to another."""

    similarity: float = Field(description="cosine similarity of the texts, at most 1")


class SimilarProducts(Answer):
    """The most similar products, the most similar first."""

    products: tuple[SimilarProduct, ...]


class VocabularyEntry(Answer):
    """A tag with its names by language, the label first, then aliases."""

    tag: str
    facet: str = ""
    labels: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    parents: tuple[str, ...] = ()
    products: int = Field(default=0, description="how many products have the tag")


class VocabularyPage(Answer):
    """One page of the vocabulary, the most frequent tags first."""

    total: int
    tags: tuple[VocabularyEntry, ...]
    next: str | None = None


class Decision(Answer):
    """A person's decision on a tag of a product."""

    number: int
    batch: int | None = None
    kind: str
    product: str
    title: str
    tag: str
    by: str = ""
    at: str
    undone_by: str | None = None
    undone_at: str | None = None


class DecisionPage(Answer):
    """One page of decisions, latest first."""

    total: int
    decisions: tuple[Decision, ...]
    next: str | None = None


class Undone(Answer):
    """The decisions that were undone."""

    undone: tuple[Decision, ...]


class TagChange(Answer):
    """A change of a tag: a new name, a label, an alias, a merge, a deletion."""

    number: int
    kind: str
    tag: str
    value: str = ""
    lang: str = ""
    by: str = ""
    at: str
    undone_by: str | None = None
    undone_at: str | None = None


class TagChanges(Answer):
    """One page of changes of tags, latest first."""

    changes: tuple[TagChange, ...]
    next: str | None = None


class Rules(Answer):
    """The rules for tags; they name tags by one of their names, as `facet:NAME`, or by a pattern such as `promo*`."""

    deny: tuple[str, ...] = Field(default=(), description="never suggested")
    allow: tuple[str, ...] = Field(default=(), description="if not empty, only these are suggested")
    existing_only: bool = Field(default=False, description="only tags that the vocabulary or a product has")
    never_automatic: tuple[str, ...] = Field(default=(), description="suggested, but a person must accept them")
    parents: bool = Field(default=False, description="an accepted tag implies its parents in the vocabulary")
    implies: dict[str, tuple[str, ...]] = Field(default_factory=dict, description="further implied tags")
    precision: float = Field(default=0.0, description="wanted share of right tags among the accepted ones")


class StoreInfo(Answer):
    """What a store holds, and whether its models are up to date."""

    store: str
    products: int
    languages: dict[str, int]
    tags: int
    most_frequent: dict[str, int]
    fitted: bool
    up_to_date: bool
    taggers: tuple[str, ...]
    fuser: str | None = None
    threshold: float | None = None
    adapter: bool
    adapter_waits: bool
    version: str = Field(default="", description="of Tagweave")


class Stores(Answer):
    """The stores of a server; a request names one as `?store=NAME`."""

    stores: tuple[str, ...]
    default: str


class Job(Answer):
    """A file that is tagged or evaluated in the background."""

    id: Annotated[str, Field(description="names the job; who knows it may read the result")]
    kind: str
    state: str = Field(description="new, waiting, running, stopped, failed or done")
    done: int = 0
    total: int = 0
    seconds_left: float | None = None
    problem: Problem | None = None
    results: tuple[str, ...] = Field(default=(), description="names of the result files, once the job is done")


class Evaluation(Answer):
    """How well the taggers do on the products of a file."""

    n: int = Field(description="labelled products")
    systems: dict[str, dict[str, Any]] = Field(description="metrics by system, such as fused and knn")

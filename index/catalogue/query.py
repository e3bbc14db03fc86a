"""Queries on the catalogue, and their SQL; every value is passed as a parameter."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from index.catalogue.text_search.ngrams import grams, is_gram
from index.errors import BadInput
from index.messages import Message
from index.product import Product

Order = Literal["newest", "oldest", "title", "most_tags", "fewest_tags", "relevance"]
ORDERS: Mapping[Order, str] = {
    "newest": "number DESC",
    "oldest": "number",
    "title": "title, number",
    "most_tags": "len(tags) DESC, number DESC",
    "fewest_tags": "len(tags), number DESC",
    "relevance": "phrase DESC, words DESC, matched DESC, length(title), number",
}
Value = str | int | float | bool | list[int] | list[str]


@dataclass(frozen=True)
class Query:
    """Which products to list.

    `described` and `tagged` select products with or without a description or tags. `names` maps a tag to all its names
    on stored products. `deleted` lists tags that do not count towards `tagged`. `past` is the place of the last product
    that was seen, for the next page in the orders "newest" and "oldest": it stays right while products are written.
    """

    text: str = ""
    tags: Sequence[str] = ()
    lang: str = ""
    order: Order = "newest"
    limit: int = 20
    offset: int = 0
    described: bool | None = None
    tagged: bool | None = None
    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    deleted: tuple[str, ...] = ()
    past: int | None = None


@dataclass(frozen=True)
class Page:
    """One page of products, the total number that match, and the place of the last one among all products."""

    products: list[Product] = field(default_factory=list)
    total: int = 0
    last: int | None = None


@dataclass(frozen=True)
class TagCount:
    """A tag, its facet (empty if it has none), and the number of products with it."""

    tag: str
    facet: str
    count: int


@dataclass(frozen=True)
class Coverage:
    """Counts of one language's products: all, those with a description, those with tags; and of their tags."""

    lang: str
    products: int
    described: int
    tagged: int
    tags: int


@dataclass(frozen=True)
class Facets:
    """Counts of the matching products by property.

    A property's counts ignore the query's own filter on it: they tell what another choice would find.
    """

    langs: Mapping[str, int] = field(default_factory=dict)
    described: Mapping[bool, int] = field(default_factory=dict)
    tagged: Mapping[bool, int] = field(default_factory=dict)
    tags: Sequence[TagCount] = ()


@dataclass(frozen=True)
class Sql:
    """A piece of SQL and the values of its parameters."""

    text: str
    values: tuple[Value, ...] = ()

    def within(self) -> "Sql":
        """Return the same in brackets."""
        return Sql(f"({self.text})", self.values)


def check_query(query: Query) -> Query:
    """Return the query; raises `BadInput` if the order is unknown or if limit or offset is negative."""
    if query.order not in ORDERS:
        raise BadInput("value.choices", what=Message("query.order"), value=query.order, available=", ".join(ORDERS))
    if query.past is not None and query.order not in ("newest", "oldest"):
        raise BadInput("value.choices", what=Message("query.order"), value=query.order, available="newest, oldest")
    if query.limit < 0 or query.offset < 0:
        raise BadInput("query.negative", limit=query.limit, offset=query.offset)
    return query


def join_sql(parts: Sequence[Sql], between: str, *, empty: str) -> Sql:
    """Join pieces of SQL; their values stay in the same order."""
    text = between.join(part.text for part in parts) or empty
    return Sql(text, tuple(value for part in parts for value in part.values))


def select_matches(query: Query, words: Sequence[Sequence[str]]) -> Sql:
    """Select the products that have every word and every tag, with their properties and match scores.

    `words` are the query's; each may stand for several (`words.possible_words`), and a product needs one of them.
    """
    conditions = [join_sql([_holding(word) for word in each], " OR ", empty="true").within() for each in words]
    names = dict(query.names)
    conditions += [Sql("list_has_any(tags, ?::VARCHAR[])", (list(names.get(tag, (tag,))),)) for tag in query.tags]
    where, scores, tagged = join_sql(conditions, " AND ", empty="true"), _scores(words), _select_tagged(query.deleted)
    return Sql(
        f"SELECT number, title, lang, tags, description <> '' AS described, {tagged.text} AS tagged, "  # noqa: S608
        f"{scores.text} FROM products WHERE {where.text}",
        tagged.values + scores.values + where.values,
    )


def _select_tagged(deleted: Sequence[str]) -> Sql:
    return Sql("NOT list_has_all(?::VARCHAR[], tags)", (list(deleted),)) if deleted else Sql("len(tags) > 0")


def _holding(word: str) -> Sql:
    """Return the condition for texts that contain the word; grams come first, since they need no reading."""
    keys = grams(word)
    reading = Sql("(contains(folded_title, ?) OR contains(folded_rest, ?))", (word, word))
    if not keys:
        return reading
    narrowing = Sql(
        "number IN (SELECT unnest(numbers) AS n FROM terms WHERE term IN (SELECT unnest(?::BIGINT[])) "
        "GROUP BY n HAVING count(*) = ?)",
        (keys, len(keys)),
    )
    return narrowing if is_gram(word) else join_sql([narrowing, reading], " AND ", empty="true").within()


def _scores(words: Sequence[Sequence[str]]) -> Sql:
    """Score a title: whether it contains the text as typed, how many whole words, and how many words as substrings."""
    if not words:
        return Sql("0 AS phrase, 0 AS words, 0 AS matched")
    phrase = Sql("contains(folded_title, ?)::INT AS phrase", (" ".join(each[0] for each in words),))
    whole = _count_words(words, _whole_word)
    within = _count_words(words, lambda word: Sql("contains(folded_title, ?)", (word,)))
    parts = [phrase, Sql(f"{whole.text} AS words", whole.values), Sql(f"{within.text} AS matched", within.values)]
    return join_sql(parts, ", ", empty="")


def _count_words(words: Sequence[Sequence[str]], has: Callable[[str], Sql]) -> Sql:
    counted = [join_sql([has(word) for word in each], " OR ", empty="false").within() for each in words]
    return join_sql([Sql(f"{each.text}::INT", each.values) for each in counted], " + ", empty="0")


def _whole_word(word: str) -> Sql:
    pattern = r"(?:^|[^a-z0-9])' || regexp_escape(?) || '(?:$|[^a-z0-9])"
    return Sql(
        f"(contains(folded_title, ?) AND regexp_matches(folded_title, '{pattern}'))",
        (word, word),
    )


def beyond(query: Query) -> Sql:
    """Return the condition for the products after `past` in the query's order."""
    if query.past is None:
        return Sql("true")
    return Sql("number > ?" if query.order == "oldest" else "number < ?", (query.past,))


def properties(query: Query, *, but: str = "") -> Sql:
    """Return the condition for the query's properties, except the one named `but`."""
    asked = {"lang": query.lang or None, "described": query.described, "tagged": query.tagged}
    parts = [Sql(f"{name} = ?", (value,)) for name, value in asked.items() if value is not None and name != but]
    return join_sql(parts, " AND ", empty="true")

"""The results that the methods of `Tagger` return."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from index.catalogue.decision import Decision
from index.product import Product
from tagger.api.result import Result, ResultSequence, Row, plain
from tagger.duplicates.near_duplicates import DuplicatePair
from tagger.evaluation.evaluate import Evaluation
from tagger.feedback.decisions import record_of, records_of
from tagger.feedback.label_check import Checked, ListedError
from tagger.ingest import Ingested
from tagger.jobs.export import Exported
from tagger.jobs.tag_file import Tagged
from tagger.leaderboard.board import Leaderboard
from tagger.leaderboard.tuning import Tuning
from tagger.results import TagResult

_BOARD = ("micro_f1", "macro_f1", "accuracy", "precision", "recall", "fit_seconds", "ms", "bytes")

Known = TypeVar("Known", "StoreInfo", "FinetuneResult")


@dataclass(frozen=True)
class IngestResult(Result, Ingested):
    """Row counts of an ingest; the file `rejects` gives the reason for each rejected row.

    `files` tells how each file was read.
    """


@dataclass(frozen=True)
class Suggestions(ResultSequence[TagResult]):
    """The tags of one product, best first.

    `known` is false if the store knows nothing like the product; `reason` says why, and `reason_code` is its code, the
    same in every language. `labelled` is the number of
    labelled products that the models were fitted on.
    """

    tags: tuple[TagResult, ...]
    known: bool = True
    reason: str = ""
    reason_code: str = ""
    labelled: int = 0

    @property
    def accepted(self) -> tuple[str, ...]:
        """The tags that are probable enough to accept."""
        return tuple(each.tag for each in self.tags if each.accepted)

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON, without evidence; `explain` returns that."""
        return {**super().as_dict(), "tags": [_without_evidence(each) for each in self.tags]}

    @property
    def _items(self) -> Sequence[TagResult]:
        return self.tags

    def _columns(self) -> Row:
        return ("tag", "probability", "accepted", "new", "facet", "labels")

    def _rows(self) -> Iterable[Row]:
        return [(each.tag, each.probability, each.accepted, each.new, each.facet, each.labels) for each in self.tags]


@dataclass(frozen=True)
class Explanation(Suggestions):
    """The tags of one product with the evidence for each.

    `threshold` is the probability from which this product's tags are accepted; `without` gives the reason for each
    tagger that failed.
    """

    threshold: float = 0.5
    without: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {**Result.as_dict(self), "tags": [plain(each.as_dict()) for each in self.tags]}

    def _columns(self) -> Row:
        return ("tag", "probability", "accepted", "said by", "like", "decided")

    def _rows(self) -> Iterable[Row]:
        for each in self.tags:
            spans = list(dict.fromkeys(span.text for span in each.evidence.spans))
            near = [f"{other.title} ({other.similarity:.2f})" for other in each.evidence.neighbours[:3]]
            decided = [f"{made.kind}: {made.by}" for made in each.evidence.decisions]
            yield each.tag, each.probability, each.accepted, spans, near, decided


def _without_evidence(tag: TagResult) -> dict[str, object]:
    return {name: plain(value) for name, value in tag.as_dict().items() if name != "evidence"}


@dataclass(frozen=True)
class EvaluationResult(Result, Evaluation):
    """Metrics of each system on `n` products, by the system's name; "fused" is all taggers together."""

    def _columns(self) -> Row:
        return ("system", *next(iter(self.systems.values()), {}))

    def _rows(self) -> Iterable[Row]:
        return [(name, *figures.values()) for name, figures in self.systems.items()]


@dataclass(frozen=True)
class LeaderboardResult(Result, Leaderboard):
    """The figures of each system on the same held-out products, the highest micro-F1 first.

    `training`, `validation` and `test` are numbers of products. `accuracy_of` is the facet that `accuracy` is of; empty
    for all tags of a product. `without` gives the reason for each system that could not be measured.
    """

    def _columns(self) -> Row:
        return ("system", *_BOARD)

    def _rows(self) -> Iterable[Row]:
        return [(name, *(figures[each] for each in _BOARD)) for name, figures in self.systems.items()]


@dataclass(frozen=True)
class TuningResult(Result, Tuning):
    """The best options of a tagger that a search found, and the F1 of all trials."""


@dataclass(frozen=True)
class CheckResult(ResultSequence[ListedError], Checked):
    """The surest probable errors among the products' tags.

    Each names the product, its `tag` that is probably wrong or an empty text, the tag that it probably lacks as
    `instead` or an empty text, their facet, and the probability of the error as `score`. `found` is the number of all
    of them, `labels` that of the tags of the `products` that were checked.
    """

    @property
    def _items(self) -> Sequence[ListedError]:
        return self.errors

    def _columns(self) -> Row:
        return ("score", "tag", "instead", "facet", "product", "title")

    def _rows(self) -> Iterable[Row]:
        return [(each.score, each.tag, each.instead, each.facet, each.product, each.title) for each in self.errors]


@dataclass(frozen=True)
class DuplicatesResult(ResultSequence[DuplicatePair]):
    """Pairs of products that are probably the same, the surest first.

    `found` is the number of all such pairs among the `products` that were compared.
    """

    pairs: tuple[DuplicatePair, ...]
    found: int
    products: int

    @property
    def _items(self) -> Sequence[DuplicatePair]:
        return self.pairs

    def _columns(self) -> Row:
        return ("score", "id", "title", "other_id", "other_title")

    def _rows(self) -> Iterable[Row]:
        return [(each.score, each.id, each.title, each.other_id, each.other_title) for each in self.pairs]


@dataclass(frozen=True)
class SearchResult(ResultSequence[Product]):
    """The products found, their total number and, after a semantic search, their cosine similarities by id."""

    products: tuple[Product, ...]
    total: int
    similarities: Mapping[str, float] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as `tagweave search --json` prints them."""
        return {"total": self.total, "products": [self._record(each) for each in self.products]}

    def _record(self, product: Product) -> object:
        record = plain(product)
        if isinstance(record, dict) and product.id in self.similarities:
            record["similarity"] = self.similarities[product.id]
        return record

    @property
    def _items(self) -> Sequence[Product]:
        return self.products

    def _columns(self) -> Row:
        return ("id", "title", "tags", "similarity")

    def _rows(self) -> Iterable[Row]:
        return [(each.id, each.title, each.tags, self.similarities.get(each.id, "")) for each in self.products]


@dataclass(frozen=True)
class DecisionResult(Result, Decision):
    """A person's decision on a tag of a product; `number` identifies it, and `undone_by` is None while it holds."""

    def as_dict(self) -> dict[str, object]:
        """Return plain values, as in the server's list of decisions."""
        return record_of(self)


@dataclass(frozen=True)
class Decisions(ResultSequence[DecisionResult]):
    """Several decisions."""

    decisions: tuple[DecisionResult, ...]

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return {"decisions": records_of(self.decisions)}

    @property
    def _items(self) -> Sequence[DecisionResult]:
        return self.decisions

    def _columns(self) -> Row:
        return ("number", "kind", "tag", "product", "title", "by", "at", "undone by")

    def _rows(self) -> Iterable[Row]:
        for each in self.decisions:
            yield each.number, each.kind, each.tag, each.product, each.title, each.by, each.at, each.undone_by or ""


@dataclass(frozen=True)
class TagFileResult(Result, Tagged):
    """Row counts of a tagged file; `resumed` rows were tagged by an earlier run that was interrupted."""


@dataclass(frozen=True)
class ExportResult(Result, Exported):
    """The number of products written, and the file."""


@dataclass(frozen=True)
class StoreInfo(Result):
    """What a store holds, and whether its models match its current products."""

    store: str
    products: int
    languages: Mapping[str, int]
    tags: int
    most_frequent: Mapping[str, int]
    fitted: bool
    up_to_date: bool
    taggers: Sequence[str]
    fuser: str | None
    threshold: float | None
    adapter: bool
    adapter_waits: bool


@dataclass(frozen=True)
class FinetuneResult(Result):
    """The trained adapter; it takes effect with the next `fit`.

    `resumed_from` is the epoch from which an earlier training was resumed, None if it started from scratch; `reason`
    says why.
    """

    seconds: float
    adapter: str
    products: int
    epochs: int
    best_epoch: int
    micro_f1: float
    validation_loss: float
    resumed_from: int | None
    reason: str


def result_from(kind: type[Known], values: Mapping[str, Any]) -> Known:
    """Build a result from the values of its fields; other values are ignored."""
    return kind(**{name: values[name] for name in kind.__dataclass_fields__})

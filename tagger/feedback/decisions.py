"""Record people's decisions on tags in a store; each write holds the store's writer lock only for its duration."""

import contextlib
import os
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index.catalogue.decision import KINDS, Batch, Decision, DecisionDraft, Kind
from index.catalogue.query import Query
from index.errors import BadInput
from index.files.record_writer import write
from index.product import Product, make_product
from index.store import Store
from tagger.feedback.bulk_decisions import BulkKind, Plan, plan_bulk_decision
from tagger.feedback.tag_edits import TagEditService, deleted_tag_error
from tagger.feedback.user_input import clean_tag, reviewer_name
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import own_name

EXPORTS = ("decisions.csv", "decisions.jsonl")
EXPORTED = (
    "number",
    "batch",
    "kind",
    "product",
    "title",
    "tag",
    "by",
    "at",
    "undone_by",
    "undone_at",
)


class DecisionService:
    """Records, undoes, lists and exports decisions. Thread-safe.

    `decided_on` is called with the product's text after each single decision, so that its vector is cached before the
    next suggestion needs it.
    """

    def __init__(self, store: Store, vocabulary: Callable[[], Vocabulary], decided_on: Callable[[str], None]) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._decided_on = decided_on
        # The store's lock refuses a second writer at once; threads of this process wait for each other instead.
        self._turn = threading.Lock()
        self.tag_edits = TagEditService(store, self.writing)

    @contextlib.contextmanager
    def writing(self) -> Iterator[Store]:
        """Open the store as its only writer, after the other threads of this process that write."""
        with self._turn, Store.writer(self._store.folder) as store:
            yield store

    def product(self, id: str) -> Product:
        """Return a product of the catalogue; raises `BadInput` if the id is unknown."""
        return self._store.catalogue.product(id)

    def text(self, title: str, description: str = "") -> Product:
        """Return a product made from a free text; raises `BadInput` if the text is empty."""
        product = make_product(title, description)
        if not product.text:
            raise BadInput("value.empty-text")
        return product

    def decide(self, kind: Kind, product: Product, tag: str, by: str) -> Decision:
        """Record a decision; it is safely on disk on return.

        Raises `BadInput` for an unknown kind or an empty, overlong or deleted tag, `StoreLocked` during a fit.
        """
        if kind not in KINDS:
            raise BadInput("decision.kind", available=", ".join(KINDS))
        draft = DecisionDraft(kind, product, self._as_stored(product, tag), reviewer_name(by))
        with self.writing() as store:
            [made] = store.decisions.decide([draft])
        self._decided_on(product.text)
        return made

    def plan(self, query: Query, kind: BulkKind, tag: str, by: str) -> Plan:
        """Return the plan of a bulk decision on all products that match a query; see `plan_bulk_decision`."""
        return plan_bulk_decision(
            self._store.catalogue, self._vocabulary(), query, kind, clean_tag(tag), reviewer_name(by)
        )

    def decide_all(self, plan: Plan) -> list[Decision]:
        """Record a plan as one batch, which can be undone as a whole."""
        with self.writing() as store:
            return store.decisions.decide(plan.drafts)

    def undo(self, number: int, by: str, *, together: bool = False) -> list[Decision]:
        """Undo a decision; with `together`, undo all decisions of its batch that are still in force."""
        numbers = self._together(number) if together else [number]
        with self.writing() as store:
            return store.decisions.undo(numbers, reviewer_name(by))

    def _together(self, number: int) -> list[int]:
        found = self._store.decisions.batch_of(number)
        return [each.number for each in found if each.undone_at is None] or [number]

    def batches(self, limit: int) -> list[Batch]:
        """Return the last `limit` batches of decisions on several products, the latest first."""
        return self._store.decisions.batches(limit)

    def history(self, id: str) -> list[Decision]:
        """Return all decisions on a product, the latest first."""
        return self._store.decisions.of(id)

    def all(self) -> list[Decision]:
        """Return all decisions, the oldest first."""
        return self._store.decisions.all()

    def export(self, name: str) -> Path:
        """Write all decisions to a temporary file and return its path; the caller must delete it.

        Raises `BadInput` if `name` is not in `EXPORTS`.
        """
        if name not in EXPORTS:
            raise BadInput("decision.no-export", available=", ".join(EXPORTS))
        descriptor, path = tempfile.mkstemp(suffix=Path(name).suffix)
        os.close(descriptor)
        write(Path(path), EXPORTED, records_of(self.all()))
        return Path(path)

    def _as_stored(self, product: Product, text: str) -> str:
        """Return the name to record a tag by: the product's own name for it, or the name it was imported under."""
        vocabulary = self._vocabulary()
        tag = vocabulary.canonical(clean_tag(text))
        if vocabulary.drops(tag):
            raise deleted_tag_error(tag)
        return own_name(product, tag, vocabulary) or vocabulary.came_as(tag)


def record_of(decision: Decision) -> dict[str, object]:
    """Return a decision as plain values for JSON and exported files."""
    times = {"at": decision.at, "undone_at": decision.undone_at}
    values = {name: getattr(decision, name) for name in EXPORTED}
    return values | {name: None if time is None else time.isoformat() for name, time in times.items()}


def records_of(decisions: Sequence[Decision]) -> list[dict[str, object]]:
    """Return decisions as plain values, in the same order."""
    return [record_of(each) for each in decisions]

"""Take people's decisions on tags into a store: for the moment that each takes, as the store's only writer."""

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
    """Where decisions are handed in. Safe to call from several threads.

    `decided_on` is told of each text, so that its vector is there when the next suggestion asks for it.
    """

    def __init__(self, store: Store, vocabulary: Callable[[], Vocabulary], decided_on: Callable[[str], None]) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self._decided_on = decided_on
        # The store's lock refuses a second writer; threads of this process can wait for one another.
        self._turn = threading.Lock()
        self.tag_edits = TagEditService(store, self._writing)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[Store]:
        with self._turn, Store.writer(self._store.folder) as store:
            yield store

    def product(self, id: str) -> Product:
        """Return a product of the catalogue; raises `BadInput` where there is none of that id."""
        return self._store.catalogue.product(id)

    def text(self, title: str, description: str = "") -> Product:
        """Return a text that is no product of the catalogue as one; raises `BadInput` where it is empty."""
        product = make_product(title, description)
        if not product.text:
            raise BadInput("the text is empty")
        return product

    def decide(self, kind: Kind, product: Product, tag: str, by: str) -> Decision:
        """Record a decision; safe on disk on return. Raises `BadInput` for an empty tag, `StoreLocked` during a fit."""
        if kind not in KINDS:
            raise BadInput(f"a decision is one of: {', '.join(KINDS)}")
        draft = DecisionDraft(kind, product, self._as_stored(product, tag), reviewer_name(by))
        with self._writing() as store:
            [made] = store.decisions.decide([draft])
        self._decided_on(product.text)
        return made

    def plan(self, query: Query, kind: BulkKind, tag: str, by: str) -> Plan:
        """Find what would be decided for all products of a query; raises `BadInput` for too many, or an empty tag."""
        return plan_bulk_decision(
            self._store.catalogue, self._vocabulary(), query, kind, clean_tag(tag), reviewer_name(by)
        )

    def decide_all(self, plan: Plan) -> list[Decision]:
        """Record what was planned as one batch, which is undone as one."""
        with self._writing() as store:
            return store.decisions.decide(plan.drafts)

    def undo(self, number: int, by: str, *, together: bool = False) -> list[Decision]:
        """Take a decision back, alone or together with all in force that were made as one with it."""
        numbers = self._together(number) if together else [number]
        with self._writing() as store:
            return store.decisions.undo(numbers, reviewer_name(by))

    def _together(self, number: int) -> list[int]:
        found = self._store.decisions.batch_of(number)
        return [each.number for each in found if each.undone_at is None] or [number]

    def batches(self, limit: int) -> list[Batch]:
        """Return what was last decided for several products at once, the latest first."""
        return self._store.decisions.batches(limit)

    def history(self, id: str) -> list[Decision]:
        """Return all decisions on a product, the latest first."""
        return self._store.decisions.of(id)

    def all(self) -> list[Decision]:
        """Return all decisions, the first one first."""
        return self._store.decisions.all()

    def export(self, name: str) -> Path:
        """Write all decisions into a file, which is the caller's to delete; raises `BadInput` for another kind."""
        if name not in EXPORTS:
            raise BadInput(f"there is no such file; there are: {', '.join(EXPORTS)}")
        descriptor, path = tempfile.mkstemp(suffix=Path(name).suffix)
        os.close(descriptor)
        write(Path(path), EXPORTED, records_of(self.all()))
        return Path(path)

    def _as_stored(self, product: Product, text: str) -> str:
        """Return the tag's own name, or the one that the product has it by."""
        vocabulary = self._vocabulary()
        tag = vocabulary.canonical(clean_tag(text))
        if vocabulary.drops(tag):
            raise deleted_tag_error(tag)
        return own_name(product, tag, vocabulary) or vocabulary.came_as(tag)


def record_of(decision: Decision) -> dict[str, object]:
    """Return a decision as plain values, for JSON and for files."""
    times = {"at": decision.at, "undone_at": decision.undone_at}
    values = {name: getattr(decision, name) for name in EXPORTED}
    return values | {name: None if time is None else time.isoformat() for name, time in times.items()}


def records_of(decisions: Sequence[Decision]) -> list[dict[str, object]]:
    """Return decisions as plain values, in their order."""
    return [record_of(each) for each in decisions]

"""Random operations on a store, with restarts, compared with a plain dictionary after each."""

import gc
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from index.catalogue.decision import DecisionDraft, Kind
from index.catalogue.engine import _ENGINES
from index.catalogue.query import Query
from index.product import Product
from index.store import Store

STEPS = 50
_IDS = st.sampled_from([f"id{number}" for number in range(12)])
_TAGS = st.sampled_from(["mug", "lamp", "red", "blue", "礼物", "a'b"])
_WORDS = st.sampled_from(["steel", "glass", "台灯", "wooden", "kettle"])


def _product(id: str, words: Sequence[str], tags: Sequence[str]) -> Product:
    return Product(id, " ".join([f"no{id}", *words]), "", "en", tuple(dict.fromkeys(tags)))


_PRODUCTS = st.lists(st.builds(_product, _IDS, st.lists(_WORDS, max_size=3), st.lists(_TAGS, max_size=3)), max_size=4)


class Operations(RuleBasedStateMachine):
    """A store, and what must be in it: incoming products, and the decisions in force on each, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="tagweave-operations-"))
        self.products: dict[str, Product] = {}
        self.chains: dict[str, dict[int, tuple[str, str]]] = {}
        self.undone: list[int] = []

    @initialize()
    def create(self) -> None:
        """Make an empty store."""
        with Store.writer(self.folder / "shop", create=True) as store:
            self.store = store

    @rule(products=_PRODUCTS)
    def upsert(self, products: list[Product]) -> None:
        """Add or replace products."""
        with Store.writer(self.folder / "shop") as store:
            store.catalogue.upsert(products)
        self.products |= {each.id: each for each in products}

    @rule(ids=st.lists(_IDS, max_size=3))
    def delete(self, ids: list[str]) -> None:
        """Delete products; decisions on them stay in the log."""
        with Store.writer(self.folder / "shop") as store:
            assert store.catalogue.delete(ids) == len(self.products.keys() & set(ids))
        self.products = {id: each for id, each in self.products.items() if id not in ids}

    @precondition(lambda self: self.products)
    @rule(data=st.data(), kind=st.sampled_from(["add", "remove", "accept", "reject"]), tag=_TAGS)
    def decide(self, data: Any, kind: Kind, tag: str) -> None:
        """Decide on a tag of a product."""
        product = self.products[data.draw(st.sampled_from(sorted(self.products)))]
        with Store.writer(self.folder / "shop") as store:
            [made] = store.decisions.decide([DecisionDraft(kind, product, tag)])
        self.chains.setdefault(product.id, {})[made.number] = (kind, tag)

    @precondition(lambda self: any(self.chains.values()))
    @rule(data=st.data())
    def undo(self, data: Any) -> None:
        """Undo any decision in force."""
        number = data.draw(st.sampled_from(sorted(number for chain in self.chains.values() for number in chain)))
        with Store.writer(self.folder / "shop") as store:
            store.decisions.undo([number], "tester")
        for chain in self.chains.values():
            chain.pop(number, None)
        self.undone.append(number)

    @rule()
    def restart(self) -> None:
        """Open the store again, with another engine."""
        del self.store
        gc.collect()
        assert not [path for path in _ENGINES if path.is_relative_to(self.folder.resolve())]
        self.store = Store.open(self.folder / "shop")

    @rule()
    def rewrite(self) -> None:
        """Rewrite the catalogue's file."""
        with Store.writer(self.folder / "shop") as store:
            store.catalogue.rewrite()

    @invariant()
    def the_store_holds_what_it_was_given(self) -> None:
        """Compare products, tags, decisions and the search with the dictionary."""
        if not hasattr(self, "store"):
            return
        expected = [self._now(each) for _, each in sorted(self.products.items())]
        assert self.store.catalogue.products() == expected
        assert sorted(self.store.catalogue.ids(Query())) == sorted(self.products)
        for word in ("steel", "台灯", "noid7"):
            found = [each.id for each in self.store.catalogue.page(Query(text=word)).products]
            assert sorted(found) == [each.id for each in expected if word in each.title]
        in_force = {each.number for each in self.store.decisions.all() if each.undone_at is None}
        assert in_force == {number for chain in self.chains.values() for number in chain}

    def _now(self, product: Product) -> Product:
        tags = product.tags
        for kind, tag in self.chains.get(product.id, {}).values():
            tags = tuple(each for each in tags if each != tag) if kind in ("remove", "reject") else _with(tags, tag)
        return Product(product.id, product.title, product.description, product.lang, tags)

    def teardown(self) -> None:
        """Remove the store."""
        shutil.rmtree(self.folder)


def _with(tags: tuple[str, ...], tag: str) -> tuple[str, ...]:
    return tags if tag in tags else (*tags, tag)


def run(number: int, examples: int) -> None:
    """Run this many sequences of operations; the number is the seed. Raises on the first difference."""
    limits = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(Operations), settings=limits)

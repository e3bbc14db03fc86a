"""Kill a process with SIGKILL while it writes, ingests, fits and publishes; what it acknowledged must be there.

The operation of a number is always the same, so the parent knows what the child was doing.
"""

import multiprocessing
import random
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.soak.shop import SETTINGS, product, use_third_party
from index.catalogue.decision import DecisionDraft
from index.catalogue.query import Query
from index.files.record_writer import write
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import open_pipeline
from tagger.settings import read

SWAPPED = "swapped"
_KINDS = ("upsert", "delete", "ingest", "decide", "swap", "fit")
_WEIGHTS = (8, 3, 3, 4, 3, 1)
_LONGEST_S = 2.5


@dataclass(frozen=True)
class State:
    """What a store must hold: its products, the number of decisions, and the published text."""

    products: dict[str, Product]
    decisions: int = 0
    swapped: str = ""


def kind_of(number: int) -> str:
    """Return the kind of the operation of a number."""
    return random.Random(number).choices(_KINDS, _WEIGHTS)[0]


def _given(number: int) -> list[Product]:
    choice = random.Random(number)
    return [product(place) for place in choice.sample(range(200), 8)]


def perform(folder: Path, number: int) -> None:
    """Perform an operation."""
    kind, given = kind_of(number), _given(number)
    if kind == "ingest":
        source = folder.with_name(f"{folder.name}-{number}.jsonl")
        records = [{"id": each.id, "title": each.title, "description": each.description, "tags": list(each.tags),
                    "lang": each.lang} for each in given]  # fmt: skip
        write(source, ("id", "title", "description", "tags", "lang"), records)
    with Store.writer(folder) as store:
        if kind == "upsert":
            store.catalogue.upsert(given)
        elif kind == "delete":
            store.catalogue.delete([each.id for each in given[:2]])
        elif kind == "ingest":
            ingest(store, [source], silent)
        elif kind == "decide":
            # A tag that the product has, so that its tags stay.
            store.decisions.decide([DecisionDraft("accept", each, each.tags[0]) for each in given[:2]])
        elif kind == "swap":
            with store.publication(SWAPPED, {}) as building:
                (building / "number.txt").write_text(str(number), "utf-8")
        else:
            fit(store, read(folder / "settings.toml"), silent)


def after(state: State, number: int) -> State:
    """Return the state after an operation."""
    kind, given = kind_of(number), _given(number)
    if kind in ("upsert", "ingest"):
        return State(state.products | {each.id: each for each in given}, state.decisions, state.swapped)
    if kind == "delete":
        gone = {each.id for each in given[:2]}
        kept = {id: each for id, each in state.products.items() if id not in gone}
        return State(kept, state.decisions, state.swapped)
    if kind == "decide":
        return State(state.products, state.decisions + 2, state.swapped)
    return State(state.products, state.decisions, str(number)) if kind == "swap" else state


def make_store(folder: Path) -> State:
    """Make the store that the operations begin with."""
    use_third_party()
    folder.mkdir(parents=True)
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    state = State({each.id: each for each in map(product, range(40))})
    with Store.writer(folder, create=True) as store:
        store.catalogue.upsert(list(state.products.values()))
    return state


def found_in(folder: Path) -> State:
    """Read what a store holds, after verifying that the search knows the same products and that its models load."""
    store = Store.open(folder)
    products = {each.id: each for each in store.catalogue.products()}
    assert sorted(store.catalogue.ids(Query())) == sorted(products)
    listed = {each.id for each in store.catalogue.page(Query(text="thing", limit=1000)).products}
    assert listed == products.keys(), "the search finds other products than the catalogue has"
    publications = store.manifest().publications
    if FITTED in publications:
        assert open_pipeline(store).tag([product(3)], 3)
    swapped = ""
    if SWAPPED in publications:
        swapped = (store.published(SWAPPED)[0] / "number.txt").read_text("utf-8")
    return State(products, len(store.decisions.all()), swapped)


def _work(folder: Path, first: int, told: Connection) -> None:
    use_third_party()
    number = first
    told.send(None)
    while True:
        perform(folder, number)
        told.send(number)
        number += 1


def kill_once(folder: Path, state: State, first: int, seed: int) -> tuple[State, int, float]:
    """Kill a process that performs operations from `first` on, at a random moment, and check the store.

    Returns the state found, the number of the next operation, and the seconds that the first read took. Raises
    `AssertionError` if an acknowledged operation is lost, or one is half done.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["benchmarks.soak.kills"])
    reader, told = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=[folder, first, told], daemon=True)
    process.start()
    told.close()
    # A busy machine takes longer to start a process than most operations take.
    assert reader.recv() is None
    time.sleep(random.Random(seed).uniform(0.05, _LONGEST_S))
    assert process.is_alive(), "an operation failed"
    process.kill()
    process.join()
    done = first
    try:
        while True:
            assert reader.recv() == done
            state, done = after(state, done), done + 1
    except EOFError:
        pass
    begun = time.perf_counter()
    Store.open(folder).catalogue.count()
    opened_s = time.perf_counter() - begun
    found = found_in(folder)
    # The operation that was cut short is done or not done.
    assert found in (state, after(state, done)), (kind_of(done), done)
    return found, done if found == state else done + 1, opened_s

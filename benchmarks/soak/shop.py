"""A small fitted store with every kind of file that a store can have; it needs no model."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from index.catalogue.decision import DecisionDraft
from index.files.record_writer import write
from index.product import Product
from index.progress import silent
from index.store import ADAPTER, Store
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.rules.settings import RulesSection
from tagger.rules.stored import set_rules
from tagger.settings import read

ROOT = Path(__file__).parents[2]
# Has a letter-pair encoder.
THIRD_PARTY = ROOT / "tests" / "tagger" / "third_party"
SETTINGS = """
[encoder]
plugin = "acme-pairs"
[index]
plugin = "flat"
[fusion]
folds = 2
[fusion.ranker]
rounds = 20
[taggers.generator]
enabled = false
[taggers.linear]
enabled = false
"""
_COLOURS = ("red", "blue", "green", "white")
_THINGS = ("mug", "lamp", "chair", "kettle", "保温杯", "台灯")
UNACKNOWLEDGED = Product("killed", "written by a killed process", "", "en", ("mug",))
_KILLED = """
import os, signal, sys
from pathlib import Path
from benchmarks.soak.shop import UNACKNOWLEDGED
from index.store import Store
store = Store.open(Path(sys.argv[1]))
with store.catalogue._database.opened(read_only=False):
    store.catalogue.upsert([UNACKNOWLEDGED])
    os.kill(os.getpid(), signal.SIGKILL)
"""


def use_third_party() -> None:
    """Make the letter-pair encoder known, as if it were installed."""
    if str(THIRD_PARTY) not in sys.path:
        sys.path.insert(0, str(THIRD_PARTY))


def product(number: int) -> Product:
    """Return the product of a number."""
    colour, thing = _COLOURS[number % 4], _THINGS[number % 6]
    return Product(f"p{number}", f"{colour} {thing} {number}", f"a {colour} thing, no. {number}", "en", (colour, thing))


def make_shop(folder: Path) -> None:
    """Fill an empty folder with a store: products, rejects, rules, decisions, an adapter and fitted models."""
    use_third_party()
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    source = folder.with_name(f"{folder.name}.jsonl")
    records = [{"id": each.id, "title": each.title, "description": each.description, "tags": list(each.tags)}
               for each in map(product, range(60))]  # fmt: skip
    write(source, ("id", "title", "description", "tags"), [*records, {"id": "untitled"}])
    with Store.writer(folder, create=True) as store:
        ingest(store, [source], silent)
        with store.publication(ADAPTER, {"base": "none"}) as building:
            (building / "adapter_model.safetensors").write_bytes(bytes(range(256)) * 8)
        set_rules(folder, RulesSection(deny=("plastic",)))
        store.decisions.decide([DecisionDraft("add", product(1), "gift")])
        fit(store, read(folder / "settings.toml"), silent)
    (folder / "training-run").mkdir()
    (folder / "training-run" / "log").write_text("fit: 1 of 2 (3 s)\n", "utf-8")
    source.unlink()


def leave_log(folder: Path) -> None:
    """Kill a process between its write and the acknowledgement, so that DuckDB's log stays behind."""
    path = os.pathsep.join([str(ROOT), str(THIRD_PARTY)])
    command = [sys.executable, "-c", _KILLED, str(folder)]
    killed = subprocess.run(command, check=False, env=os.environ | {"PYTHONPATH": path})
    assert killed.returncode == -signal.SIGKILL

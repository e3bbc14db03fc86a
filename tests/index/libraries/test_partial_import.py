"""A library imported without its optional ones, each case in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
MODULES = {
    "twlib/__init__.py": "try:\n    import twoptional\n    whole = True\nexcept ImportError:\n    whole = False\n"
    "from . import part\n",
    "twlib/part.py": "",
    "twoptional.py": "",
}


def run(code: str, folder: Path) -> str:
    for name, source in MODULES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(source)
    setup = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]\n"
    setup += "from index.libraries.partial_import import import_without\n"
    done = subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_the_hidden_library_is_not_imported_and_others_still_get_both(tmp_path: Path) -> None:
    code = """
before = list(sys.meta_path)
lib = import_without("twlib", "twoptional")
print(lib.whole, "twoptional" in sys.modules, [name for name in sys.modules if name.startswith("twlib")])
print(import_without("twlib", "twoptional") is lib, sys.meta_path == before)
import twlib
print(twlib.whole, twlib is lib, "twoptional" in sys.modules)
print(import_without("twlib", "twoptional") is lib)
"""
    assert run(code, tmp_path).split("\n")[:-1] == ["False False []", "True True", "True False True", "True"]


@pytest.mark.parametrize(("first", "whole"), [("twlib", True), ("twoptional", True), ("json", False)])
def test_what_is_already_imported_is_used(tmp_path: Path, first: str, whole: bool) -> None:
    code = f"import {first}\nprint(import_without('twlib', 'twoptional').whole, {first!r} in sys.modules)"
    assert run(code, tmp_path) == f"{whole} True\n"


def test_a_library_that_is_missing_is_an_import_error_and_nothing_stays_hidden(tmp_path: Path) -> None:
    code = """
before = list(sys.meta_path)
try:
    import_without("twmissing", "twoptional")
except ModuleNotFoundError as error:
    print(error.name)
print(sys.meta_path == before)
import twoptional
"""
    assert run(code, tmp_path) == "twmissing\nTrue\n"


def test_other_threads_import_the_hidden_library_meanwhile(tmp_path: Path) -> None:
    code = """
import threading
reached, go_on = threading.Event(), threading.Event()
sys.modules["gate"] = (reached, go_on)
open(sys.path[1] + "/twslow.py", "w").write(
    "import sys; sys.modules['gate'][0].set(); sys.modules['gate'][1].wait()\\n"
    "try:\\n    import twoptional\\n    whole = True\\nexcept ImportError:\\n    whole = False\\n"
)
found = []
thread = threading.Thread(target=lambda: found.append(import_without("twslow", "twother")))
thread.start()
reached.wait()
open(sys.path[1] + "/twother.py", "w").close()
import importlib; importlib.invalidate_caches()
import twother
go_on.set()
thread.join()
print(found[0].whole, "twother" in sys.modules)
"""
    assert run(code, tmp_path) == "True True\n"


def test_trees_need_neither_pandas_nor_scikit_learn(tmp_path: Path) -> None:
    code = """
import numpy as np
from tagger.gbdt import TreeSettings, fit_trees, load
trees = fit_trees(np.arange(200.0).reshape(-1, 1), np.arange(200) > 99, TreeSettings(rounds=3))
from pathlib import Path
trees.save(Path(sys.path[1]) / "trees.txt")
assert load(Path(sys.path[1]) / "trees.txt").logits(np.array([[5.0]])) < 0
print([name for name in ("pandas", "sklearn", "matplotlib", "dask", "lightgbm") if name in sys.modules])
import lightgbm
assert lightgbm.LGBMClassifier(n_estimators=2, verbosity=-1).fit(np.arange(200.0).reshape(-1, 1), np.arange(200) > 99)
assert load(Path(sys.path[1]) / "trees.txt").logits(np.array([[5.0]])) < 0
"""
    assert run(code, tmp_path) == "[]\n"

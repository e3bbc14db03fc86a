"""The installed package: a twenty-line example, its types, and a program with its own `index.py`."""

import inspect
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import tagger
from tagger import Tagger
from tagger.api.vocabulary import TagVocabulary

ROOT = Path(__file__).parents[3]
THIRD_PARTY = ROOT / "tests" / "tagger" / "third_party"
PROGRAM = Path(__file__).with_name("twenty_lines.py")

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def python(tmp_path: Path) -> Run:
    """Run a program in an empty folder, with the packages on the path."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(THIRD_PARTY)])}
        command = [sys.executable, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    return run


def test_twenty_lines_go_from_products_to_a_copy_of_the_tagger(python: Run) -> None:
    lines = [line for line in PROGRAM.read_text("utf-8").splitlines() if line and not line.startswith('"""')]
    assert len(lines) <= 20
    assert [line for line in lines if "import" in line] == ["from tagger import Tagger, make_product"]
    done = python(str(PROGRAM))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["1000", "vase", "1.0", "['gift', 'mug']", "['mug']", "45", "True"]


@pytest.mark.slow
def test_the_twenty_lines_are_strictly_typed() -> None:
    command = [sys.executable, "-m", "mypy", "--strict", str(PROGRAM.relative_to(ROOT))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "Success: no issues found in 1 source file\n"


@pytest.mark.parametrize("package", ["index", "tagger", "finetune"])
def test_the_packages_say_that_they_are_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").is_file()


def mentions_any(hint: object) -> bool:
    return hint is Any or any(map(mentions_any, get_args(hint)))


OWN = ("tagger", "index")


def public_functions() -> Iterator[tuple[str, Any]]:
    for kind in (Tagger, TagVocabulary, *(getattr(tagger, name) for name in tagger.__all__)):
        if inspect.isclass(kind) and kind.__module__.startswith(OWN):
            for name, value in inspect.getmembers(kind):
                own = value.fget if isinstance(value, property) else value
                if (
                    not name.startswith("_")
                    and inspect.isroutine(own)
                    and getattr(own, "__module__", "").startswith(OWN)
                ):
                    yield f"{kind.__name__}.{name}", own


FUNCTIONS = dict(public_functions())


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_public_signature_says_any(name: str) -> None:
    hints = get_type_hints(FUNCTIONS[name])
    assert "return" in hints
    assert [each for each, hint in hints.items() if mentions_any(hint)] == []


def test_the_signatures_of_all_methods_were_looked_at() -> None:
    assert {"Tagger.suggest", "Tagger.create", "Tagger.vocabulary", "TagVocabulary.merge"} <= set(FUNCTIONS)
    assert len(FUNCTIONS) > 35
    assert mentions_any(dict[str, list[Any]])


MAKE = 'from tagger import make_product; print(make_product("mug").title)'


def test_a_program_s_own_index_file_is_no_obstacle(python: Run, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("raise SystemExit('the wrong index')\n", "utf-8")
    (tmp_path / "program.py").write_text(MAKE, "utf-8")
    for arguments in (["program.py"], ["-c", MAKE]):
        done = python(*arguments)
        assert (done.returncode, done.stdout) == (0, "mug\n"), done.stderr
        assert f"RuntimeWarning: {tmp_path}/index.py has the name of a package of Tagweave" in done.stderr


def test_a_program_that_is_called_index_itself_runs(python: Run, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text(MAKE, "utf-8")
    done = python("index.py")
    assert (done.returncode, done.stdout) == (0, "mug\n"), done.stderr


def test_an_index_that_was_imported_first_is_named_with_the_way_out(python: Run, tmp_path: Path) -> None:
    (tmp_path / "index.py").write_text("", "utf-8")
    (tmp_path / "program.py").write_text(f"import index\n{MAKE}", "utf-8")
    done = python("program.py")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        f"ImportError: {tmp_path}/index.py has the name of a package of Tagweave, `index`, and was imported first; "
        "rename that file, or import tagger before it"
    )


def test_without_such_a_file_nothing_is_said(python: Run) -> None:
    done = python("-c", f"import index, tagger; {MAKE}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "mug\n", "")

"""Functions of a library replaced on import, in a fresh interpreter."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
MODULES = {
    "twlib/__init__.py": "from twlib.part import greet\nfrom twlib import other\ngreeting = greet()\n",
    "twlib/part.py": "def greet():\n    return 'slow'\n",
    "twlib/other.py": "def greet():\n    return 'other'\n",
}


def run(code: str, folder: Path) -> str:
    for name, source in MODULES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(source)
    setup = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(folder)!r}]\n"
    setup += "from index.libraries.import_patches import patch_on_import\n"
    done = subprocess.run([sys.executable, "-c", setup + code], capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return done.stdout


def test_a_function_is_replaced_before_the_library_calls_it(tmp_path: Path) -> None:
    code = """
import inspect
patch_on_import("twlib.part", {"greet": lambda: "quick", "absent": print})
import twlib
print(twlib.greeting, twlib.other.greet(), hasattr(twlib.part, "absent"), "slow" in inspect.getsource(twlib.part))
"""
    assert run(code, tmp_path) == "quick other False True\n"


def test_a_module_that_is_imported_stays_as_it_is(tmp_path: Path) -> None:
    code = """
import twlib
patch_on_import("twlib.part", {"greet": lambda: "quick"})
print(twlib.greeting, twlib.part.greet(), len(sys.meta_path))
"""
    before = run("print(len(sys.meta_path))", tmp_path)
    assert run(code, tmp_path) == f"slow slow {before}"


def test_gradio_writes_no_stubs_for_the_page() -> None:
    import tagger.web.page  # noqa: F401 - imports Gradio

    assert sys.modules["gradio.component_meta"].create_or_modify_pyi.__module__ == "tagger.web"

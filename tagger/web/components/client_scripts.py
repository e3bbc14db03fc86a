"""Read the browser scripts in `tagger/web/scripts`."""

from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "scripts"


def read_script(name: str, **constants: float) -> str:
    """Return a script by its file name without the suffix, with each constant's name replaced by its number."""
    script = (_FOLDER / f"{name}.js").read_text("utf-8")
    for constant, number in constants.items():
        script = script.replace(constant, str(number))
    return script

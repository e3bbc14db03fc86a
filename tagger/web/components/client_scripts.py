"""Read the browser scripts in `tagger/web/scripts`."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parents[1] / "scripts"


def read_script(name: str, **constants: float | Mapping[str, str]) -> str:
    """Return a script by its file name without the suffix, with each constant's name replaced by its value."""
    script = (_FOLDER / f"{name}.js").read_text("utf-8")
    if not constants:
        return script
    # In one pass: a value may contain the name of another constant.
    return re.sub(r"\b(" + "|".join(constants) + r")\b", lambda found: json.dumps(constants[found[0]]), script)

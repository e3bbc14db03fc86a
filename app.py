"""Serves the demo: `python app.py` from a bare checkout, or as a Hugging Face Space.

The host and the port are those that Gradio's own variables name. `TAGWEAVE_SNAPSHOTS` may name a folder that outlives
the machine, such as a mounted bucket: what changes in the shop is kept there.
"""

import os
from pathlib import Path

from tagger.cli import main

if __name__ == "__main__":
    if not os.access(os.path.expanduser("~"), os.W_OK):
        # What the first start makes then lies in the working folder: all else may be read-only.
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            os.environ.setdefault(name, str(Path.cwd() / ".cache"))
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    snapshots = os.environ.get("TAGWEAVE_SNAPSHOTS")
    options = ["--snapshots", snapshots] if snapshots else []
    raise SystemExit(main(["demo", "--host", host, "--port", port, *options]))

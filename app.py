"""Serve the demo: run `python app.py` in a bare checkout, or as a Hugging Face Space.

Gradio's variables `GRADIO_SERVER_NAME` and `GRADIO_SERVER_PORT` set the host and the port. `TAGWEAVE_SNAPSHOTS` may
name a folder that outlives the machine, such as a mounted bucket: snapshots of the shop are saved there.
"""

import os
from pathlib import Path

from tagger.cli import main

if __name__ == "__main__":
    if not os.access(os.path.expanduser("~"), os.W_OK):
        # Caches go to the working folder if the home folder is read-only.
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
            os.environ.setdefault(name, str(Path.cwd() / ".cache"))
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    snapshots = os.environ.get("TAGWEAVE_SNAPSHOTS")
    options = ["--snapshots", snapshots] if snapshots else []
    raise SystemExit(main(["demo", "--host", host, "--port", port, *options]))

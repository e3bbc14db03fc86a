"""Serves the demo: `python app.py` from a bare checkout, or as a Hugging Face Space.

The host and the port are those that Gradio's own variables name.
"""

import os

from tagger.cli import main

if __name__ == "__main__":
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = os.environ.get("GRADIO_SERVER_PORT", "7860")
    raise SystemExit(main(["demo", "--host", host, "--port", port]))

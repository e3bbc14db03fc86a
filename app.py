"""Serves the demo: `python app.py` from a bare checkout, or as a Hugging Face Space."""

import logging
import os
import sys

from index.errors import TagweaveError
from index.store import Store
from tagger.cli.progress import shown
from tagger.demo.store import ready
from tagger.settings import read
from tagger.web.server import serve


def main() -> int:
    """Make the demo's store where it is not there yet, and serve it where the environment says."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    settings = read()
    host = os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1")
    port = int(os.environ.get("GRADIO_SERVER_PORT", "7860"))
    try:
        with shown() as progress:
            folder = ready(settings, progress)
        serve(Store.open(folder, settings.catalogue_settings()), settings, host=host, port=port)
    except TagweaveError as error:
        sys.stderr.write(f"app.py: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

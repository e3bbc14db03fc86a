"""Write the OpenAPI schema of /v1 to its file: `make openapi`. A test compares the two."""

import json
from pathlib import Path
from typing import cast

from tagger.web.rest.app import schema_of, v1_app
from tagger.web.service.service import Service

FILE = Path(__file__).parents[1] / "tagger" / "web" / "rest" / "openapi.json"


def render() -> str:
    """Return the schema as the file has it."""
    # The schema is made of the routes alone: no request reaches the service.
    schema = schema_of(v1_app(cast(Service, None)))
    return json.dumps(schema, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    FILE.write_text(render(), "utf-8")

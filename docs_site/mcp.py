"""The tools over MCP, from the endpoints of the page and their docstrings."""

import inspect
from collections.abc import Callable, Iterator
from typing import Any, cast

from docs_site.markdown import code, table
from docs_site.texts import Texts
from tagger.web.api.gradio_endpoints import endpoints
from tagger.web.service.service import Service


def render(texts: Texts) -> str:
    """Render a section for each tool."""
    # No tool is called: they are only described.
    return "\n\n".join(part for tool, _ in endpoints(cast(Service, None)) for part in _tool(tool, texts))


def _tool(tool: Callable[..., Any], texts: Texts) -> Iterator[str]:
    # Imported after `tagger.web`, which makes the import of Gradio quicker.
    from gradio.utils import get_function_description

    section = f"mcp {tool.__name__}"
    description, meanings, returned = get_function_description(tool)
    yield f"### {tool.__name__}"
    yield texts.find(section, "", description)
    cells = [
        [code(name), code(_kind(each)), _default(each, texts), texts.find((section, "mcp"), name, meanings[name])]
        for name, each in inspect.signature(tool).parameters.items()
    ]
    yield table(texts.head("field", "type", "default", "meaning"), cells)
    yield texts.find("mcp", "answer") + texts.find(section, "answer", f"{' '.join(returned)}.")


def _kind(parameter: inspect.Parameter) -> str:
    return inspect.formatannotation(parameter.annotation).removesuffix(" | None")


def _default(parameter: inspect.Parameter, texts: Texts) -> str:
    if parameter.default is inspect.Parameter.empty:
        return texts.find("heads", "required")
    return code("" if parameter.default is None else str(parameter.default))

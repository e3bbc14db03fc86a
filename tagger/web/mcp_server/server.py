"""The MCP server of a store, over HTTP as part of the web server or over standard input and output."""

from mcp.server.fastmcp import FastMCP
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from index.store import Store
from index.version import __version__
from tagger.web.mcp_server.tools import add_tools
from tagger.web.mcp_server.vocabulary import add_resources
from tagger.web.service.service import Service

PATH = "/mcp"
_INSTRUCTIONS = (
    "Tags products in Chinese and English for one shop. Ask suggest for tags of a text; accepted tags are probable "
    "enough to use. If known is false, say so and do not rely on the tags. Use explain before you doubt a tag, search "
    "and similar to look at the catalogue, vocabulary to find the names of tags. Call decide only if a person asked "
    "for it: it changes the store."
)


def mcp_server(service: Service) -> FastMCP:
    """Return the server with its tools and resources."""
    server = FastMCP(
        "Tagweave",
        instructions=_INSTRUCTIONS,
        stateless_http=True,
        json_response=True,
        streamable_http_path=PATH,
        log_level="WARNING",
        # The layer in front of all requests checks keys and where a browser's request comes from.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    # The library would name its own version.
    server._mcp_server.version = __version__
    add_tools(server, service)
    add_resources(server, service)
    return server


def mcp_app(service: Service) -> Starlette:
    """Return the application that answers at `PATH`."""
    return mcp_server(service).streamable_http_app()


def serve_stdio(store: Store) -> None:
    """Answer over standard input and output until the input ends."""
    mcp_server(Service(store)).run("stdio")

"""Which scope a request needs; what is not listed needs the most."""

from tagger.access.keys import Scope

# Anyone may ask these: they say nothing about the store.
_OPEN = {"/livez", "/readyz", "/v1/docs", "/v1/openapi.json", "/api/openapi.json"}
# These send texts, and change nothing.
_ASKING = {
    "/v1/suggest",
    "/v1/suggest/batch",
    "/v1/explain",
    "/v1/similar",
    "/api/suggest",
    "/api/explain",
    "/api/similar",
    "/mcp",
}
_READING = ("GET", "HEAD", "OPTIONS")
_WRITING = ("/v1/products", "/v1/decisions", "/v1/tags", "/v1/jobs", "/api/decisions", "/api/tags")
_APIS = ("/v1", "/api")


def needed_scope(method: str, path: str, page: Scope = "write") -> Scope | None:
    """Return the scope for a request to a path of a store, or None if none is needed.

    `page` is the scope for the web page, from which a visitor can do all that the scope allows.
    """
    if method in _READING and path in _OPEN:
        return None
    if path in _ASKING or path.startswith("/mcp/"):
        return "read"
    if path == "/metrics":
        return "read"
    if not _below(path, _APIS):
        return page
    if method in _READING:
        return "read"
    return "write" if _below(path, _WRITING) else "admin"


def _below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)

"""Answers that say what is wrong: problem+json under /v1 (RFC 9457), one line and a code elsewhere."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi.responses import JSONResponse
from starlette.responses import Response

from index.errors import BadInput, StoreLocked, TagweaveError
from index.messages import Message
from tagger.schema.tags import Problem
from tagger.web.scheduling.errors import Busy, Stopping, TooLate

V1 = "/v1"
PROBLEM = "application/problem+json"
# Any other error lies with the store, not with the request: a conflict.
_STATUS: Mapping[type[TagweaveError], int] = {BadInput: 400, StoreLocked: 423, Busy: 429, Stopping: 503, TooLate: 504}
_CONFLICT = 409
# A second is the least that the header can say; the store is locked for longer than that.
_LOCKED_S = 5


def status_of(error: TagweaveError) -> int:
    """Return the HTTP status of an error."""
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), _CONFLICT)


def problem_of(status: int, message: Message, code: str = "") -> Problem:
    """Return what is wrong as an object, with the text in both languages."""
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=one_line(str(message)),
        code=code_of(message, code),
        params={name: each if isinstance(each, str | int | float) else str(each) for name, each in _params(message)},
        detail_zh=one_line(message.text("zh")) if message.known else "",
    )


def problem(status: int, message: Message, code: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Return what is wrong as an answer of /v1."""
    content = problem_of(status, message, code).model_dump_json()
    return Response(content, status, dict(headers or {}), media_type=PROBLEM)


def mistake(status: int, message: Message, code: str = "", headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return what is wrong as one line and a code, as the paths under /api say it."""
    body = {"error": one_line(str(message)), "code": code_of(message, code)}
    return JSONResponse(body, status, dict(headers or {}))


def refusal(path: str, status: int, message: Message, headers: Mapping[str, str] | None = None) -> Response:
    """Return what is wrong in the form that the path has."""
    form = problem if is_v1(path) else mistake
    return form(status, message, headers=headers)


def is_v1(path: str) -> bool:
    """Tell whether a path belongs to the API under /v1, of any store."""
    return path == V1 or f"{V1}/" in path


def headers_of(error: TagweaveError) -> dict[str, str]:
    """Return when to ask again, if the error passes by itself."""
    if isinstance(error, Busy):
        return {"retry-after": str(error.retry_after_s)}
    return {"retry-after": str(_LOCKED_S)} if isinstance(error, StoreLocked | Stopping) else {}


def code_of(message: Message, code: str = "") -> str:
    """Return the code of a message; "http" if it has none."""
    return code or (message.code if message.known else "http")


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.split())


def _params(message: Message) -> list[tuple[str, object]]:
    return list(message.params.items()) if message.known else []

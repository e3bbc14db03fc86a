"""Messages for values that pydantic refuses."""

from collections.abc import Mapping
from typing import Any

from index.messages import Message, mark

# The kinds of pydantic's errors that have a text of their own, with the parameters that pydantic's context names.
_TEXTS = {
    kind.removeprefix("invalid."): kind
    for kind in (
        mark("invalid.string_too_long"),
        mark("invalid.greater_than_equal"),
        mark("invalid.less_than_equal"),
        mark("invalid.greater_than"),
        mark("invalid.less_than"),
        mark("invalid.int_type"),
        mark("invalid.int_parsing"),
        mark("invalid.int_from_float"),
        mark("invalid.float_type"),
        mark("invalid.float_parsing"),
        mark("invalid.bool_type"),
        mark("invalid.bool_parsing"),
        mark("invalid.string_type"),
        mark("invalid.string_unicode"),
        mark("invalid.list_type"),
        mark("invalid.dict_type"),
        mark("invalid.dataclass_type"),
        mark("invalid.model_attributes_type"),
        mark("invalid.literal_error"),
        mark("invalid.missing"),
        mark("invalid.extra_forbidden"),
        mark("invalid.unexpected_keyword_argument"),
        mark("invalid.too_long"),
        mark("invalid.finite_number"),
        # Errors of our own validators.
        mark("invalid.tagger_name"),
        mark("invalid.timeout_s"),
    )
}


def invalid_value(error: Mapping[str, Any]) -> Message:
    """Return what one of pydantic's errors says; a kind without a text of its own keeps pydantic's English one."""
    if error["type"] in _TEXTS:
        return Message(_TEXTS[error["type"]], **error.get("ctx", {}))
    return Message(_uncapitalized(error["msg"]))


def _uncapitalized(text: str) -> str:
    return text[:1].lower() + text[1:]

"""Examples of requests and answers in the OpenAPI schema."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

_TITLE, _DESCRIPTION = "Stainless steel water bottle 750 ml", "Keeps drinks cold for 24 hours"
_TAG = {
    "tag": "water bottle",
    "probability": 0.98,
    "accepted": True,
    "new": False,
    "proposed": False,
    "facet": "kind",
    "labels": {"zh": "保温杯", "en": "water bottle"},
}
_SUGGESTIONS = {
    "id": "sku-1",
    "tags": [_TAG],
    "known": True,
    "reason": "",
    "reason_code": "",
    "threshold": 0.5,
    "without": {},
    "models": "fitted-0123456789ab",
}
_PRODUCT = {
    "id": "sku-1",
    "title": _TITLE,
    "description": _DESCRIPTION,
    "lang": "en",
    "tags": ["water bottle"],
    "translations": [],
}
_DECISION = {
    "number": 7,
    "batch": 7,
    "kind": "accept",
    "product": "sku-1",
    "title": _TITLE,
    "tag": "water bottle",
    "by": "Ann",
    "at": "2026-11-30T22:00:00+00:00",
}
_CHANGE = {
    "number": 3,
    "kind": "alias",
    "tag": "water bottle",
    "value": "thermos",
    "lang": "en",
    "by": "Ann",
    "at": "2026-11-30T22:00:00+00:00",
}
_JOB = {"id": "tag-AAAAAAAAAAAAAAAAAAAAAA", "kind": "tag", "state": "running", "done": 120, "total": 400, "results": []}
_EVIDENCE = {
    "neighbours": [{"id": "sku-9", "title": "Steel thermos 500 ml", "similarity": 0.93, "vote": 0.4}],
    "spans": [{"start": 16, "end": 28, "text": "water bottle"}],
    "shares": [{"source": "lexical", "score": 1.0, "contribution": 2.1}],
    "decisions": [],
    "rules": [],
}

# The body of a request, and of an answer with the first status of success.
REQUESTS: Mapping[str, Any] = {
    "POST /suggest": {"title": _TITLE, "description": _DESCRIPTION, "limit": 5, "brief": True, "id": "sku-1"},
    "POST /suggest/batch": {"products": [{"id": "sku-1", "title": _TITLE}, {"id": "sku-2", "title": "超薄冰箱 450升"}]},
    "POST /explain": {"title": _TITLE, "tag": "保温杯"},
    "POST /similar": {"title": _TITLE, "limit": 3},
    "POST /products": {"products": [{"id": "sku-1", "title": _TITLE, "tags": ["water bottle"]}]},
    "PUT /products/{id}": {"title": _TITLE, "description": _DESCRIPTION, "tags": ["water bottle"]},
    "POST /decisions": {"kind": "accept", "product": "sku-1", "tag": "water bottle", "by": "Ann"},
    "POST /decisions/{number}/undo": {"by": "Ann"},
    "POST /tags/changes": {"kind": "alias", "tag": "water bottle", "value": "thermos", "lang": "en", "by": "Ann"},
    "POST /tags/changes/{number}/undo": {"by": "Ann"},
    "PATCH /rules": {"never_automatic": ["promo*"]},
}
ANSWERS: Mapping[str, Any] = {
    "POST /suggest": _SUGGESTIONS,
    "POST /suggest/batch": {"results": [{"suggestions": _SUGGESTIONS}]},
    "POST /explain": {**_TAG, "evidence": _EVIDENCE, "threshold": 0.5, "known": True, "reason": "", "reason_code": ""},
    "POST /similar": {"products": [{**_PRODUCT, "similarity": 0.93}]},
    "GET /products": {"total": 311, "products": [_PRODUCT], "next": "WzIwLCJhYmNkZWYiXQ"},
    "POST /products": {"accepted": 1, "rejected": []},
    "GET /products/{id}": _PRODUCT,
    "PUT /products/{id}": _PRODUCT,
    "GET /search": {"total": 1, "products": [_PRODUCT]},
    "POST /decisions": _DECISION,
    "GET /decisions": {"total": 1, "decisions": [_DECISION]},
    "POST /decisions/{number}/undo": {
        "undone": [{**_DECISION, "undone_by": "Ann", "undone_at": "2026-11-30T22:01:00+00:00"}]
    },
    "POST /tags/changes": _CHANGE,
    "GET /tags/changes": {"changes": [_CHANGE]},
    "POST /jobs": _JOB,
    "GET /jobs/{id}": _JOB,
}


def with_examples(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with the examples in it."""
    schema = deepcopy(schema)
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path}"
            if name in REQUESTS:
                operation["requestBody"]["content"]["application/json"]["example"] = REQUESTS[name]
            if name in ANSWERS:
                status = min(status for status in operation["responses"] if status.startswith("2"))
                operation["responses"][status]["content"]["application/json"]["example"] = ANSWERS[name]
    return schema

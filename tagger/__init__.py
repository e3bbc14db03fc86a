"""A product tagger. `from tagger import Tagger` is the public API; each name is imported on first use."""

from os.path import dirname
from typing import TYPE_CHECKING

from tagger.import_guard import import_own_index

import_own_index(dirname(dirname(__file__)))

from index.version import __version__ as __version__  # noqa: E402 - only now `index` is our own

if TYPE_CHECKING:
    from index.errors import TagweaveError
    from index.files.readers.options import ReadingOptions
    from index.product import Product, make_product
    from tagger.api.results import (
        DecisionResult,
        Decisions,
        EvaluationResult,
        Explanation,
        ExportResult,
        FinetuneResult,
        IngestResult,
        SearchResult,
        StoreInfo,
        Suggestions,
        TagFileResult,
    )
    from tagger.api.tagger import Tagger
    from tagger.plugins import BaseTagger, Resources
    from tagger.results import TagResult
    from tagger.types import Ranking, Suggestion, ranked
else:
    _HOMES = {
        "TagweaveError": "index.errors",
        "ReadingOptions": "index.files.readers.options",
        "Product": "index.product",
        "make_product": "index.product",
        "Decisions": "tagger.api.results",
        "DecisionResult": "tagger.api.results",
        "ExportResult": "tagger.api.results",
        "FinetuneResult": "tagger.api.results",
        "IngestResult": "tagger.api.results",
        "StoreInfo": "tagger.api.results",
        "TagFileResult": "tagger.api.results",
        "EvaluationResult": "tagger.api.results",
        "Explanation": "tagger.api.results",
        "SearchResult": "tagger.api.results",
        "Suggestions": "tagger.api.results",
        "Tagger": "tagger.api.tagger",
        "TagResult": "tagger.results",
        "BaseTagger": "tagger.plugins",
        "Resources": "tagger.plugins",
        "Ranking": "tagger.types",
        "Suggestion": "tagger.types",
        "ranked": "tagger.types",
    }

    def __getattr__(name):
        import importlib

        if name not in _HOMES:
            raise AttributeError(f"module 'tagger' has no attribute {name!r}; available: {', '.join(__all__)}")
        globals()[name] = getattr(importlib.import_module(_HOMES[name]), name)
        return globals()[name]

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = [
    "BaseTagger", "DecisionResult", "Decisions", "EvaluationResult", "Explanation", "ExportResult", "FinetuneResult",
    "IngestResult", "Product", "Ranking", "ReadingOptions", "Resources", "SearchResult", "StoreInfo", "Suggestion",
    "Suggestions", "TagFileResult", "TagResult", "Tagger", "TagweaveError", "make_product", "ranked",
]  # fmt: skip

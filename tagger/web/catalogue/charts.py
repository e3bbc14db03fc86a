"""Render charts of the whole catalogue: tags by frequency, coverage by language."""

from collections.abc import Mapping, Sequence
from itertools import islice

from markupsafe import Markup

from index.catalogue.query import Coverage
from tagger.vocabulary import Vocabulary
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named

_MOST_TAGS = 30


def charts(counts: Mapping[str, int], coverage: Sequence[Coverage], vocabulary: Vocabulary) -> Markup:
    """Show both charts."""
    tags = [(named(tag, vocabulary), count) for tag, count in islice(counts.items(), _MOST_TAGS)]
    most = max(counts.values(), default=1)
    return render("catalogue/charts.html", tags=tags, most=most, coverage=coverage)

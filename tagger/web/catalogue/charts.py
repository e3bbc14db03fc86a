"""Charts of the whole catalogue as HTML: tags by frequency, coverage by language."""

from collections.abc import Mapping, Sequence
from itertools import islice

from markupsafe import Markup

from index.catalogue.query import Coverage
from tagger.vocabulary import Vocabulary
from tagger.web.components.bars import bar
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, say

_MOST_TAGS = 30


def charts(counts: Mapping[str, int], coverage: Sequence[Coverage], vocabulary: Vocabulary) -> Markup:
    """Show both charts."""
    return Markup('<div class="tw-charts">{}{}</div>').format(_tags(counts, vocabulary), _coverage(coverage))


def _tags(counts: Mapping[str, int], vocabulary: Vocabulary) -> Markup:
    most = max(counts.values(), default=1)
    rows = Markup("").join(
        Markup("<li><span>{}</span>{}<output>{:,}</output></li>").format(named(tag, vocabulary), bar(n / most), n)
        for tag, n in islice(counts.items(), _MOST_TAGS)
    )
    title = "Tags by frequency"
    return Markup('<section aria-label="{}"><h2>{}</h2><ol>{}</ol></section>').format(hint(title), say(title), rows)


def _coverage(coverage: Sequence[Coverage]) -> Markup:
    rows = Markup("").join(map(_language, coverage))
    title = "Coverage by language"
    return Markup('<section aria-label="{}"><h2>{}</h2>{}</section>').format(hint(title), say(title), rows)


def _language(each: Coverage) -> Markup:
    shares = ((say("tagged"), each.tagged), (say("described"), each.described))
    rows = Markup("").join(
        Markup("<li><span>{}</span>{}<output>{:.0%}</output></li>").format(
            label, bar(n / each.products), n / each.products
        )
        for label, n in shares
    )
    return Markup("<h3>{}: {:,} <small>{} · {} {:.1f} {}</small></h3><ol>{}</ol>").format(
        say(names.LANGUAGES.get(each.lang, each.lang)),
        each.products,
        say("products"),
        say("on average"),
        each.tags / each.products,
        say("tags"),
        rows,
    )

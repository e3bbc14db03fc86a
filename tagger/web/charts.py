"""Charts of the whole catalogue as HTML: tags by frequency, coverage by language."""

from collections.abc import Mapping, Sequence
from itertools import islice

from markupsafe import Markup

from index.query import Coverage
from tagger.vocabulary import Vocabulary
from tagger.web import names
from tagger.web.facets import named

_MOST_TAGS = 30


def charts(counts: Mapping[str, int], coverage: Sequence[Coverage], vocabulary: Vocabulary) -> Markup:
    """Show both charts."""
    return Markup('<div class="tw-charts">{}{}</div>').format(_tags(counts, vocabulary), _coverage(coverage))


def _tags(counts: Mapping[str, int], vocabulary: Vocabulary) -> Markup:
    most = max(counts.values(), default=1)
    rows = Markup("").join(
        Markup("<li><span>{}</span>{}<output>{:,}</output></li>").format(named(tag, vocabulary), _bar(n / most), n)
        for tag, n in islice(counts.items(), _MOST_TAGS)
    )
    title = "标签频率 Tags by frequency"
    return Markup('<section aria-label="{}"><h4>{}</h4><ol>{}</ol></section>').format(title, title, rows)


def _coverage(coverage: Sequence[Coverage]) -> Markup:
    rows = Markup("").join(map(_language, coverage))
    title = "各语言的完整度 Coverage by language"
    return Markup('<section aria-label="{}"><h4>{}</h4>{}</section>').format(title, title, rows)


def _language(each: Coverage) -> Markup:
    shares = (("有标签 tagged", each.tagged), ("有描述 described", each.described))
    rows = Markup("").join(
        Markup("<li><span>{}</span>{}<output>{:.0%}</output></li>").format(
            label, _bar(n / each.products), n / each.products
        )
        for label, n in shares
    )
    return Markup("<h5>{}: {:,} <small>件商品 products, {:.1f} 个标签 tags each</small></h5><ol>{}</ol>").format(
        names.LANGUAGES.get(each.lang, each.lang), each.products, each.tags / each.products, rows
    )


def _bar(share: float) -> Markup:
    return Markup('<span class="tw-bar"><i style="width:{:.1f}%"></i></span>').format(100 * share)

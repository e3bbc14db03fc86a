"""Render the page of one tag: its names, its products, related tags, and its changes."""

from dataclasses import dataclass

from markupsafe import Markup

from tagger.vocabulary import Entry
from tagger.web.components.product_cards import headline
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named
from tagger.web.service.tags import TagPage
from tagger.web.tag_page.history import render_changes
from tagger.web.tag_page.trend import render_trend

_LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class _TagLink:
    """A related tag with its names, and the number of products that have both tags."""

    tag: str
    names: str
    count: int = 0


@dataclass(frozen=True)
class _ProductLink:
    """A product that has the tag."""

    id: str
    headline: str


def render_tag(page: TagPage, form: Markup) -> Markup:
    """Show a tag with the form that changes it, which is left out for a deleted tag."""
    entry, summary, vocabulary = page.entry, page.summary, page.vocabulary
    return render(
        "tag_page/page.html",
        entry=entry,
        names=named(entry.tag, vocabulary),
        deleted=page.deleted,
        count=summary.count,
        labels=[(lang, entry.labels.get(lang, ())[:1]) for lang in _LANGUAGES],
        aliases=aliases(entry),
        parents=[_TagLink(each, named(each, vocabulary)) for each in entry.parents],
        form=form,
        products=[_ProductLink(each.id, headline(each)) for each in summary.products],
        together=[_TagLink(each, named(each, vocabulary), n) for each, n in summary.together.items()],
        trend=render_trend(summary.slices),
        changes=render_changes(page.history),
    )


def aliases(entry: Entry) -> list[str]:
    """Return the tag's names other than its main name and its labels."""
    labels = [forms[0] for forms in entry.labels.values() if forms]
    return [form for form in entry.forms if form != entry.tag and form not in labels]

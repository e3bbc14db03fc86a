"""Show tags that may be one, for a person to look at and merge, and the latest changes of tags."""

from collections.abc import Sequence

from markupsafe import Markup

from tagger.vocabulary import Vocabulary
from tagger.vocabulary.duplicates import Merge
from tagger.web.i18n.translations import hint, say
from tagger.web.tag_page.page import link

_ABOUT = "By spelling, by the products that have both, and by meaning where names have vectors already"


def tidying(merges: Markup, latest: Markup) -> Markup:
    """Show both lists."""
    return Markup('<div class="tw-tidy"><h2>{}</h2><p>{}</p>{}<h2>{}</h2>{}</div>').format(
        say("Tags that may be one"), say(_ABOUT), merges, say("Latest changes of tags"), latest
    )


def merges(found: Sequence[Merge], vocabulary: Vocabulary) -> Markup:
    """Show pairs of tags, each with why they may be one, and a button that shows what merging them would do."""
    if not found:
        return Markup('<p class="tw-none">{}</p>').format(say("None."))
    row = Markup(
        '<li><span>{} → {}</span><span>{} · {:.0%}</span><button type="button" class="tw-taken" data-plan="merge" '
        'data-tag="{}" data-value="{}" aria-label="{}: {} → {}">{}</button></li>'
    )
    rows = Markup("").join(
        row.format(
            link(each.tag, vocabulary),
            link(each.into, vocabulary),
            say(each.why),
            each.score,
            each.tag,
            each.into,
            hint("Merge"),
            each.tag,
            each.into,
            say("Merge"),
        )
        for each in found
    )
    return Markup('<ol class="tw-history">{}</ol>').format(rows)

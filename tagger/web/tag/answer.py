"""Show the tags of a product with their evidence, as HTML."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from tagger.pipeline import TagResult
from tagger.types import Contribution, DecisionEvidence, Neighbour, Span
from tagger.web.components.bars import bar, chance
from tagger.web.components.highlight import excerpt, marked
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names as names
from tagger.web.i18n.error_translations import both
from tagger.web.i18n.translations import hint, say
from tagger.web.service.tagging import Tagged

_LONGEST_TEXT = 1500
_MOST_SPANS = 5
_MOST_DECISIONS = 5
_MOST_NEAR = 6
_NOTHING = Markup("")

HINT = Markup('<div class="tw-note"><p>{}</p></div>').format(say("Type a product’s title, or pick an example."))


def answer(tagged: Tagged, similar: Markup = _NOTHING) -> Markup:
    """Show the text, the accepted tags, then the others, then the similar products that were asked."""
    results = tagged.answer.tags
    accepted = [each for each in results if each.accepted]
    rest = [each for each in results if not each.accepted]
    return Markup('<div class="tw-answer">{}{}{}{}{}{}{}</div>').format(
        _text(tagged, accepted),
        _without(tagged.answer.without),
        _groups(accepted, tagged.product.lang),
        _list("Accepted", accepted, tagged),
        _list("Other candidates", rest, tagged),
        _near(similar),
        _timing(tagged),
    )


def _near(similar: Markup) -> Markup:
    shown = Markup('<section class="tw-near"><h2>{}</h2>{}</section>')
    return shown.format(say("Similar products"), similar) if similar else _NOTHING


def voters(tagged: Tagged) -> dict[str, float]:
    """Return the similar products that speak for any of the tags, by id, with their similarity, the nearest first."""
    found = {each.id: each.similarity for result in tagged.answer.tags for each in result.evidence.neighbours}
    return dict(sorted(found.items(), key=lambda item: -item[1])[:_MOST_NEAR])


def _groups(accepted: Sequence[TagResult], lang: str) -> Markup:
    """Show the accepted tags by facet, where any has one; the surest facet first, what has none last."""
    facets = sorted(dict.fromkeys(each.facet for each in accepted), key=lambda facet: not facet)
    if not any(facets):
        return _NOTHING
    rows = (_group(facet, [each for each in accepted if each.facet == facet], lang) for facet in facets)
    return Markup('<dl class="tw-groups">{}</dl>').format(Markup("").join(rows))


def _group(facet: str, results: Sequence[TagResult], lang: str) -> Markup:
    chip = Markup('<span class="tw-chip" title="{}">{} <b>{:.0%}</b></span>')
    called = [names.tag(each.tag, each.labels, lang) for each in results]
    chips = [
        chip.format(second or first, first, each.probability)
        for (first, second), each in zip(called, results, strict=True)
    ]
    name = say(facet or "other")
    return Markup('<div><dt>{}</dt><dd class="tw-chips">{}</dd></div>').format(name, Markup("").join(chips))


def _without(reasons: Mapping[str, str]) -> Markup:
    """Say which taggers could not be asked, and why."""
    shown = Markup('<p class="tw-note tw-problem" role="status">{} <b>{}</b>: {}</p>')
    without = say("Without")
    return Markup("").join(shown.format(without, names.source(name), both(reason)) for name, reason in reasons.items())


def _text(tagged: Tagged, accepted: Sequence[TagResult]) -> Markup:
    lang = tagged.product.lang
    spans = [(span, names.tag(each.tag, each.labels, lang)[0]) for each in accepted for span in each.evidence.spans]
    return Markup('<p class="tw-text" dir="auto" tabindex="0">{}</p><p class="tw-facts">{}</p>').format(
        marked(_shown_text(tagged), spans, longest=_LONGEST_TEXT),
        Markup("<span>{} <b>{}</b></span><span>{} <b>{} / {}</b></span><span>{} <b>{:.2f}</b></span>").format(
            say("language"),
            say(names.LANGUAGES[lang]),
            say("accepted"),
            len(accepted),
            len(tagged.answer.tags),
            say("threshold"),
            tagged.answer.threshold,
        ),
    )


def _shown_text(tagged: Tagged) -> str:
    return typeset(tagged.product.text, tagged.product.lang)


def _list(title: str, results: Sequence[TagResult], tagged: Tagged) -> Markup:
    if not results:
        return Markup("")
    rows = Markup("").join(_tag(each, tagged) for each in results)
    return Markup('<h2>{}</h2><ol class="tw-tags">{}</ol>').format(say(title), rows)


def _tag(result: TagResult, tagged: Tagged) -> Markup:
    first, second = names.tag(result.tag, result.labels, tagged.product.lang)
    state = "tw-accepted" if result.accepted else "tw-open"
    return Markup(
        '<li class="{}" data-tag="{}"><details><summary>'
        '<span class="tw-mark">{}</span><span class="tw-name"><b>{}</b> <span>{}</span></span>'
        '<span class="tw-badges">{}{}</span>{}'
        '</summary><div class="tw-evidence">{}</div></details></li>'
    ).format(
        state,
        result.tag,
        Markup('<span title="{}">✓</span>').format(hint("accepted")) if result.accepted else "",
        first,
        second,
        _badge("tw-facet", say(result.facet)) if result.facet else "",
        _badge("tw-new", say("new")) if result.new else "",
        chance(result.probability),
        _evidence(result, tagged),
    )


def _badge(style: str, text: Markup) -> Markup:
    return Markup('<span class="{}">{}</span>').format(style, text)


def _evidence(result: TagResult, tagged: Tagged) -> Markup:
    evidence = result.evidence
    parts = [
        _decisions(evidence.decisions),
        _spans(evidence.spans, _shown_text(tagged)),
        _neighbours(evidence.neighbours),
        _shares(evidence.shares),
    ]
    return Markup("").join(filter(None, parts)) or Markup("<p>{}</p>").format(say("No evidence."))


def _section(title: str, rows: Iterable[Markup]) -> Markup:
    return Markup("<section><h3>{}</h3><ul>{}</ul></section>").format(say(title), Markup("").join(rows))


def _decisions(decisions: Sequence[DecisionEvidence]) -> Markup:
    if not decisions:
        return Markup("")
    row = Markup(
        '<li class="tw-neighbour"><span dir="auto">{}</span><span>{} · {} <bdi>{}</bdi></span>'
        '<span class="tw-figure" title="{}">≈ {:.3f}</span></li>'
    )
    shown = decisions[:_MOST_DECISIONS]
    by, figure = say("decided by"), hint("cosine similarity")
    rows = (
        row.format(each.title, say(names.DECISIONS[each.kind]), by, each.by, figure, each.similarity) for each in shown
    )
    return _section("Decided by people, on this or a nearly identical product", rows)


def _spans(spans: Sequence[Span], text: str) -> Markup:
    if not spans:
        return Markup("")
    row = Markup('<li class="tw-span" dir="auto">{}</li>')
    rows = (row.format(excerpt(text, span)) for span in spans[:_MOST_SPANS])
    return _section("In the text", rows)


def _neighbours(neighbours: Sequence[Neighbour]) -> Markup:
    if not neighbours:
        return Markup("")
    rows = (
        Markup(
            '<li class="tw-neighbour"><span dir="auto">{}</span>'
            '<span class="tw-figure" title="{}">≈ {:.2f}</span>'
            '<span class="tw-figure" title="{}">{}<output>{:.0%}</output></span></li>'
        ).format(
            each.title,
            hint("cosine similarity"),
            each.similarity,
            hint("share of the votes"),
            bar(each.vote),
            each.vote,
        )
        for each in neighbours
    )
    return _section("Similar products: similarity, share of the votes", rows)


def _shares(shares: Sequence[Contribution]) -> Markup:
    if not shares:
        return Markup("")
    most = max(abs(share.contribution) for share in shares) or 1.0
    total = sum(share.contribution for share in shares)
    sum_row = Markup('<li class="tw-share tw-total"><span>{}</span><span></span><output>{:+.2f}</output></li>')
    rows = [*(_share(share, most) for share in shares), sum_row.format(say("sum"), total)]
    return _section("What each contributes (log-odds)", rows)


def _share(share: Contribution, most: float) -> Markup:
    side = "tw-for" if share.contribution >= 0 else "tw-against"
    score = "" if share.score is None else f"{share.score:.2f}"
    return Markup(
        '<li class="tw-share"><span>{} <small title="{}">{}</small></span>'
        '<span class="tw-scale {}"><i style="width:{:.1f}%"></i></span><output>{:+.2f}</output></li>'
    ).format(
        names.source(share.source),
        hint("its own score"),
        score,
        side,
        50 * abs(share.contribution) / most,
        share.contribution,
    )


def _timing(tagged: Tagged) -> Markup:
    stages = Markup("").join(
        Markup("<span>{} <b>{:.0f} ms</b></span>").format(names.source(name), 1000 * seconds)
        for name, seconds in tagged.answer.seconds.items()
    )
    summary = Markup("{} <b>{:.0f} ms</b>").format(say("time"), 1000 * tagged.seconds)
    shown = Markup('<details class="tw-timing"><summary>{}</summary><p class="tw-facts">{}</p></details>')
    return shown.format(summary, stages)

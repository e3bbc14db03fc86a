"""Show the tags of a product with their evidence, as HTML."""

from collections.abc import Iterable, Mapping, Sequence

from markupsafe import Markup

from tagger.evidence import Neighbour, Share, Span
from tagger.pipeline import TagResult
from tagger.web import names
from tagger.web.marks import excerpt, marked
from tagger.web.service import Tagged
from tagger.web.typeset import typeset

_LONGEST_TEXT = 1500
_MOST_SPANS = 5

HINT = Markup(
    '<div class="tw-note"><p>输入商品标题，或点一个例子。</p><p>Type a product’s title, or pick an example.</p></div>'
)


def answer(tagged: Tagged) -> Markup:
    """Show the text, the accepted tags, then the others."""
    results = tagged.answer.tags
    accepted = [each for each in results if each.accepted]
    rest = [each for each in results if not each.accepted]
    return Markup('<div class="tw-answer">{}{}{}{}{}</div>').format(
        _text(tagged, accepted),
        _without(tagged.answer.without),
        _list("已接受", "Accepted", accepted, tagged),
        _list("其他候选", "Other candidates", rest, tagged),
        _timing(tagged),
    )


def _without(reasons: Mapping[str, str]) -> Markup:
    """Say which taggers could not be asked, and why."""
    shown = Markup('<p class="tw-note tw-problem" role="status">本次未使用 Without <b>{}</b>: {}</p>')
    return Markup("").join(shown.format(names.source(name), reason) for name, reason in reasons.items())


def problem(line: str) -> Markup:
    """Show one line that says what is wrong."""
    shown = Markup('<div class="tw-note tw-problem" role="alert"><p>无法处理。 That did not work.</p><p>{}</p></div>')
    return shown.format(line)


def _text(tagged: Tagged, accepted: Sequence[TagResult]) -> Markup:
    lang = tagged.product.lang
    spans = [(span, names.tag(each.tag, each.labels, lang)[0]) for each in accepted for span in each.evidence.spans]
    return Markup('<p class="tw-text" dir="auto" tabindex="0">{}</p><p class="tw-facts">{}</p>').format(
        marked(_shown_text(tagged), spans, longest=_LONGEST_TEXT),
        Markup(
            "<span>语言 language <b>{}</b></span><span>接受 accepted <b>{} / {}</b></span>"
            "<span>阈值 threshold <b>{:.2f}</b></span>"
        ).format(names.LANGUAGES[lang], len(accepted), len(tagged.answer.tags), tagged.threshold),
    )


def _shown_text(tagged: Tagged) -> str:
    return typeset(tagged.product.text, tagged.product.lang)


def _list(chinese: str, english: str, results: Sequence[TagResult], tagged: Tagged) -> Markup:
    if not results:
        return Markup("")
    rows = Markup("").join(_tag(each, tagged) for each in results)
    return Markup('<h3>{} <small>{}</small></h3><ol class="tw-tags">{}</ol>').format(chinese, english, rows)


def _tag(result: TagResult, tagged: Tagged) -> Markup:
    first, second = names.tag(result.tag, result.labels, tagged.product.lang)
    state = "tw-accepted" if result.accepted else "tw-open"
    return Markup(
        '<li class="{}" data-tag="{}"><details><summary>'
        '<span class="tw-mark">{}</span><span class="tw-name"><b>{}</b> <span>{}</span></span>'
        '<span class="tw-badges">{}{}</span>'
        '<span class="tw-chance">{}<output>{:.0%}</output></span>'
        '</summary><div class="tw-evidence">{}</div></details></li>'
    ).format(
        state,
        result.tag,
        Markup('<span title="已接受 accepted">✓</span>') if result.accepted else "",
        first,
        second,
        _badge("tw-facet", names.facet(result.facet)) if result.facet else "",
        _badge("tw-new", "新 new") if result.new else "",
        _bar(result.probability),
        result.probability,
        _evidence(result, tagged),
    )


def _badge(style: str, text: str) -> Markup:
    return Markup('<span class="{}">{}</span>').format(style, text)


def _bar(share: float) -> Markup:
    return Markup('<span class="tw-bar"><i style="width:{:.1f}%"></i></span>').format(100 * min(max(share, 0.0), 1.0))


def _evidence(result: TagResult, tagged: Tagged) -> Markup:
    evidence = result.evidence
    parts = [_spans(evidence.spans, _shown_text(tagged)), _neighbours(evidence.neighbours), _shares(evidence.shares)]
    return Markup("").join(filter(None, parts)) or Markup("<p>没有证据。 No evidence.</p>")


def _section(chinese: str, english: str, rows: Iterable[Markup]) -> Markup:
    return Markup("<section><h4>{} <small>{}</small></h4><ul>{}</ul></section>").format(
        chinese, english, Markup("").join(rows)
    )


def _spans(spans: Sequence[Span], text: str) -> Markup:
    if not spans:
        return Markup("")
    row = Markup('<li class="tw-span" dir="auto">{}</li>')
    rows = (row.format(excerpt(text, span)) for span in spans[:_MOST_SPANS])
    return _section("文中依据", "In the text", rows)


def _neighbours(neighbours: Sequence[Neighbour]) -> Markup:
    if not neighbours:
        return Markup("")
    rows = (
        Markup(
            '<li class="tw-neighbour"><span dir="auto">{}</span>'
            '<span class="tw-figure" title="余弦相似度 cosine similarity">≈ {:.2f}</span>'
            '<span class="tw-figure" title="投票份额 share of the votes">{}<output>{:.0%}</output></span></li>'
        ).format(each.title, each.similarity, _bar(each.vote), each.vote)
        for each in neighbours
    )
    return _section("相似商品：相似度、票数", "Similar products: similarity, share of the votes", rows)


def _shares(shares: Sequence[Share]) -> Markup:
    if not shares:
        return Markup("")
    most = max(abs(share.contribution) for share in shares) or 1.0
    total = sum(share.contribution for share in shares)
    sum_row = Markup('<li class="tw-share tw-total"><span>合计 sum</span><span></span><output>{:+.2f}</output></li>')
    rows = [*(_share(share, most) for share in shares), sum_row.format(total)]
    return _section("各方贡献（对数几率）", "What each contributes (log-odds)", rows)


def _share(share: Share, most: float) -> Markup:
    side = "tw-for" if share.contribution >= 0 else "tw-against"
    score = "" if share.score is None else f"{share.score:.2f}"
    return Markup(
        '<li class="tw-share"><span>{} <small title="自己的得分 its own score">{}</small></span>'
        '<span class="tw-scale {}"><i style="width:{:.1f}%"></i></span><output>{:+.2f}</output></li>'
    ).format(names.source(share.source), score, side, 50 * abs(share.contribution) / most, share.contribution)


def _timing(tagged: Tagged) -> Markup:
    stages = Markup("").join(
        Markup("<span>{} <b>{:.0f} ms</b></span>").format(names.source(name), 1000 * seconds)
        for name, seconds in tagged.answer.seconds.items()
    )
    summary = Markup("用时 time <b>{:.0f} ms</b>").format(1000 * tagged.seconds)
    shown = Markup('<details class="tw-timing"><summary>{}</summary><p class="tw-facts">{}</p></details>')
    return shown.format(summary, stages)

"""Tell whether a phrase that no other text has begins and ends where words do."""

from tagger.taggers.phrase.spans import Gap, Spans, Tokens


def is_of_words(spans: Spans, span: int) -> bool:
    """Return whether both ends of a phrase are ends of words; a single Chinese character is no phrase."""
    first, last = int(spans.first[span]), int(spans.last[span])
    if first == last and _is_single(spans.tokens, first):
        return False
    return _ends_word(spans.tokens, last, first) and _ends_word(spans.tokens, first, last)


def _ends_word(tokens: Tokens, end: int, other: int) -> bool:
    """Return whether a word ends at one end of a phrase, seen from its other end.

    A single Chinese character often belongs to the word next to it. It ends a word where the run of Chinese does, and
    where it belongs to a name that no dictionary has: several such characters stand together, or the phrase begins the
    text, as brands do (派克兰帝男童毛衣 is cut into 派, 克兰, 帝, 男童, 毛衣).
    """
    if not _is_single(tokens, end):
        return True
    forward = end >= other
    outside, inside = (tokens.next, tokens.previous) if forward else (tokens.previous, tokens.next)
    if (tokens.after if forward else tokens.before)[end] != Gap.NOTHING:
        return True
    begins = forward and tokens.place[other] == 0
    return (begins or _is_single(tokens, int(inside[end]))) and not _is_single(tokens, int(outside[end]))


def _is_single(tokens: Tokens, at: int) -> bool:
    return len(tokens.words[at]) == 1 and not tokens.words[at].isascii()

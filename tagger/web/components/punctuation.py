"""Display Chinese text with full-width punctuation, also where it came narrow. Character positions are kept."""

import re

from index.text.scripts import HAN

_WIDE = str.maketrans(",;:!?", "，；：！？")
_NARROW = re.compile(f"(?<=[{HAN}])[,;:!?]|[,;:!?](?=[{HAN}])")


def typeset(text: str, lang: str) -> str:
    """Return Chinese text with the punctuation beside ideographs widened, and any other text unchanged."""
    return _NARROW.sub(lambda found: found[0].translate(_WIDE), text) if lang == "zh" else text

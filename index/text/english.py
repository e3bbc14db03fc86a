"""Fold English plurals to the singular, and British to American spelling.

The module uses rules instead of a lemmatiser, which would make "running shoes" and "run shoes" equal; a mistake here
merges two tags. A plural with a meaning of its own ("glasses" and "glass") is left alone.
"""

import re
from typing import Final

_LEAST_LETTERS = 4
_IRREGULAR = {
    "men": "man", "mens": "man", "womens": "woman", "children": "child", "childrens": "child",
    "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "elves": "elf", "wives": "wife",
    "axes": "axe", "tvs": "tv", "cds": "cd", "quizzes": "quiz",
}  # fmt: skip
# Singular although they end in s; the plural of some of them ends in "ses".
_SINGULAR = frozenset({
    "alias", "asbestos", "atlas", "bias", "canvas", "chaos", "christmas", "cosmos", "gas", "iris", "lens", "series",
    "species", "thermos", "trellis"
})  # fmt: skip
# The same words, also as the last part of a compound.
_SINGULAR_ENDS = ("atlas", "canvas", "lens", "thermos", "trellis")
# Words in "is" and "us" are singular, except these and words with these endings.
_PLURAL = frozenset({"capris", "emus", "kiwis", "kurtis", "menus", "safaris", "saris", "taxis", "tutus"})
_PLURAL_ENDS = ("inis", "kis", "zis", "ais", "jis", "eaus")
# Words in "uses" whose singular ends in "use".
_USES = re.compile(r"uses|.*[ao]uses|.*fuses|muses|ruses|excuses|abuses|recluses")
_VES = ("shelf", "scarf", "loaf", "leaf", "wolf", "half", "calf", "thief", "hoof", "dwarf")
_OES = frozenset({
    "avocado", "buffalo", "cargo", "domino", "echo", "flamingo", "halo", "hero", "mango", "mosquito", "motto",
    "potato", "tomato", "tornado", "torpedo"
})  # fmt: skip
# Words in "ches" whose singular ends in "che": caches and headaches, but not beaches and coaches.
_CHES = re.compile(r".*(?<![eo])aches|.*(cloch|nich|quich|brioch|psych|avalanch|crech)es")
_MEN = re.compile(r"(.*s|.*er|.*w|.*wo)men")
# Plurals with a meaning of their own, unless they end a longer name: "running shorts".
_OF_ITS_OWN = frozenset({
    "arms", "blues", "briefs", "clothes", "customs", "goods", "news", "shorts", "spirits", "sweats", "tights",
    "trunks", "woods"
})  # fmt: skip
CONTEXT: Final = "glasses"
# Only after these words does it mean several of a glass.
_GLASSES = (
    "wine", "beer", "champagne", "cocktail", "drinking", "highball", "juice", "martini", "pint", "shot", "sun", "eye",
    "water", "whiskey", "whisky"
)  # fmt: skip
_COMPOUND = re.compile(r"(mens|womens|childrens|kids|sports)(wear)")
_OR = re.compile(r"(col|flav|fav|arm|vap|harb|hon|lab|od|parl|hum|neighb|behavi|sav|glam)our")
_IZE = re.compile(
    r"(organ|moistur|personal|steril|vapor|custom|util|optim|minim|maxim|energ|equal|mobil|stabil|atom|neutral|sanit|"
    r"pressur|motor|digit|synchron|visual|galvan|anod|oxid|pasteur|pulver|crystall|fertil|standard|modern|tender)"
    r"is(e|er|ers|es|ed|ing|ation)$"
)
_ONE_L = re.compile(
    r"(travel|model|label|panel|enamel|cancel|level|fuel|chisel|tunnel|towel|bevel|marvel|snorkel|jewel)l(ed|er|ers|ing|ous)$"
)
_ER = re.compile(r"(met|lit|theat|cent|fib|sab|calib|lust|mit|och)re(s?)$")
_AMERICAN = {
    "adaptor": "adapter", "aeroplane": "airplane", "aluminium": "aluminum", "analogue": "analog", "ax": "axe",
    "bandanna": "bandana", "barbeque": "barbecue", "bbq": "barbecue", "caftan": "kaftan", "catalogue": "catalog",
    "chequered": "checkered", "chilli": "chili", "cosy": "cozy", "defence": "defense", "disc": "disk",
    "doughnut": "donut", "draught": "draft", "duffle": "duffel", "encyclopaedia": "encyclopedia", "grey": "gray",
    "jewellery": "jewelry", "licence": "license", "liquorice": "licorice", "mould": "mold", "moustache": "mustache",
    "mum": "mom", "omelette": "omelet", "orthopaedic": "orthopedic", "paediatric": "pediatric", "plough": "plow",
    "programme": "program", "pyjama": "pajama", "racquet": "racket", "sulphate": "sulfate", "sulphur": "sulfur",
    "tyre": "tire", "waggon": "wagon", "whisky": "whiskey", "woollen": "woolen", "yoghurt": "yogurt",
}  # fmt: skip


def plain_word(word: str, before: str = "") -> str:
    """Return a lower-case word of a text in the singular and in American spelling.

    Words that end in `CONTEXT` also depend on the English word before. Nothing else does, so that a name is spelled the
    same in any text.
    """
    if word.endswith(CONTEXT):
        # The kind of glass may be part of the same word: "wineglasses".
        is_plural = (word.removesuffix(CONTEXT) or before).endswith(_GLASSES)
        return _singular_american(word) if is_plural else word
    if compound := _COMPOUND.fullmatch(word):
        return "".join(map(singular, compound.groups()))
    return word if word in _OF_ITS_OWN else _singular_american(word)


def plain_last(word: str) -> str:
    """Return the last of several words of a name, as `plain_words` left it: "running shorts" is a plural."""
    return _singular_american(word) if word in _OF_ITS_OWN else word


def _singular_american(word: str) -> str:
    return american(singular(american(word)))


def american(word: str) -> str:
    """Return the American spelling of a lower-case word."""
    word = _OR.sub(r"\1or", word)
    word = _IZE.sub(r"\1iz\2", word)
    word = _ONE_L.sub(r"\1\2", word)
    word = _ER.sub(r"\1er\2", word)
    return _AMERICAN.get(word, word)


def singular(word: str) -> str:
    """Return the singular of a noun, with variant endings folded: "ie" to "y" (hoodie, hoody), "sse" to "ss"."""
    word = _IRREGULAR.get(word) or (_without_s(word) if _is_plural(word) else word)
    if word.endswith("ie") and len(word) > _LEAST_LETTERS:
        return f"{word[:-2]}y"
    if men := _MEN.fullmatch(word):
        return f"{men[1]}man"
    return word.removesuffix("e") if word.endswith("sse") else word.replace("eaux", "eau")


def _is_plural(word: str) -> bool:
    if len(word) < _LEAST_LETTERS or not word.endswith("s") or word in _SINGULAR or word.endswith(_SINGULAR_ENDS):
        return False
    return not word.endswith(("ss", "us", "is")) or word in _PLURAL or word.endswith(_PLURAL_ENDS)


def _without_s(word: str) -> str:
    stem = word.removesuffix("es")
    if word.endswith("knives"):
        return f"{word.removesuffix('knives')}knife"
    for end in _VES:
        if word.endswith(f"{end[:-1]}ves"):
            return f"{word[: -len(end) - 2]}{end}"
    if word.endswith("ies") and len(word) > _LEAST_LETTERS:
        return f"{word[:-3]}y"
    return stem if _with_es(word, stem) else word[:-1]


def _with_es(word: str, stem: str) -> bool:
    """Return whether the plural ending is "es" rather than "s"."""
    if word.endswith("uses"):
        return not _USES.fullmatch(word)
    if word.endswith("ches"):
        return not _CHES.fullmatch(word)
    return stem in _OES or stem in _SINGULAR or stem.endswith(("ss", "x", "sh", "tz", "zz", *_SINGULAR_ENDS))

"""Write the demo shop's products from its material: the same products for the same seed, on any machine."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.demo.material import FACETS, Department, Feature, Kind, Label
from tagger.vocabulary import Entry

LANGUAGES = ("zh", "en")
PER_KIND_AND_LANGUAGE = 18
MOST_TAGS = 12
_TRIES = 200

# Which sentences a description has, in their order. "features" is one sentence for each feature of the product.
_PLANS = (
    ("openers", "features", "material", "colour", "occasion", "closers"),
    ("openers", "style", "colour", "features", "audience", "closers"),
    ("features", "material", "audience", "occasion", "closers"),
    ("openers", "colour", "material", "features", "occasion"),
    ("style", "features", "openers", "audience"),
    ("openers", "features", "closers"),
    ("openers", "occasion", "features", "style", "material", "closers"),
    ("features", "closers"),
)
_TITLES = {
    "zh": (
        "{brand} {name} {spec} {feature} {colour}",
        "{brand}{feature}{name} {spec}",
        "【{feature}】{brand} {name} {colour} {spec}",
        "{name} {spec} {feature} {feature2}",
        "{brand} {colour}{name} {feature} {feature2} {spec}",
        "{feature}{name}",
    ),
    "en": (
        "{brand} {feature} {name}, {spec}, {colour}",
        "{brand} {name} - {spec}, {feature} & {feature2}",
        "{feature} {name}, {colour}",
        "{brand} {name} {spec} ({colour})",
        "{brand} {colour} {name} | {feature} | {spec}",
        "{feature} {name}",
    ),
}


@dataclass(frozen=True)
class Listing:
    """A product as the shop shows it, its tags in its own language."""

    title: str
    description: str
    lang: str
    tags: list[str]


@dataclass(frozen=True)
class _Draft:
    """What one product is: its parts, drawn at random, before they are put into words."""

    kind: Kind
    lang: str
    brand: str
    name: str
    spec: str
    features: tuple[Feature, ...]
    facets: dict[str, Label]


def vocabulary_entries(shop: Sequence[Department], facets: dict[str, tuple[Label, ...]]) -> list[Entry]:
    """List every tag of the shop with its facet, labels and aliases, each once."""
    found: dict[str, tuple[str, list[Label]]] = {}
    for facet, label in _labels(shop, facets):
        found.setdefault(label.tag, (facet, []))[1].append(label)
    return [_entry(tag, facet, labels) for tag, (facet, labels) in found.items()]


def _labels(shop: Sequence[Department], facets: dict[str, tuple[Label, ...]]) -> Iterator[tuple[str, Label]]:
    for department in shop:
        yield "category", Label(department.tag, department.zh)
        for kind in department.kinds:
            yield "category", Label(kind.category, kind.category_zh)
            yield "kind", kind
            yield from (("feature", feature) for feature in kind.features)
    for facet, labels in facets.items():
        yield from ((facet, label) for label in labels)


def _entry(tag: str, facet: str, labels: Sequence[Label]) -> Entry:
    zh = dict.fromkeys([labels[0].zh, *(alias for label in labels for alias in (label.zh, *label.aliases_zh))])
    en = dict.fromkeys([tag, *(alias for label in labels for alias in label.aliases_en)])
    return Entry(tag, facet, {"zh": tuple(zh), "en": tuple(en)})


def listings(shop: Sequence[Department], facets: dict[str, tuple[Label, ...]], *, seed: int = 0) -> list[Listing]:
    """Write all products; no two have the same title and no two the same description."""
    labels = {label.tag: label for of_facet in facets.values() for label in of_facet}
    titles: set[str] = set()
    descriptions: set[str] = set()
    written = []
    for department in shop:
        for kind in department.kinds:
            for lang in LANGUAGES:
                for number in range(PER_KIND_AND_LANGUAGE):
                    rng = random.Random(f"{seed}/{kind.tag}/{lang}/{number}")  # noqa: S311 - no secret is drawn
                    listing = _fresh(rng, department, kind, lang, labels, titles, descriptions)
                    titles.add(listing.title)
                    descriptions.add(listing.description)
                    written.append(listing)
    return written


def _fresh(
    rng: random.Random,
    department: Department,
    kind: Kind,
    lang: str,
    labels: dict[str, Label],
    titles: set[str],
    descriptions: set[str],
) -> Listing:
    for _ in range(_TRIES):
        listing = _written(rng, department, _drafted(rng, department, kind, lang, labels))
        if listing.title not in titles and listing.description not in descriptions:
            return listing
    raise ValueError(f"the material for {kind.tag} in {lang} is too little for so many products")


def _drafted(rng: random.Random, department: Department, kind: Kind, lang: str, labels: dict[str, Label]) -> _Draft:
    brand = rng.choice(department.brands)[LANGUAGES.index(lang)]
    facets = {facet: labels[rng.choice(tags)] for facet, tags in kind.facets.items() if tags}
    features = tuple(rng.sample(kind.features, rng.choice((2, 3, 3, 4))))
    return _Draft(kind, lang, brand, rng.choice(kind.names[lang]), rng.choice(kind.specs[lang]), features, facets)


def _written(rng: random.Random, department: Department, draft: _Draft) -> Listing:
    title = _title(rng, draft)
    told: set[str] = set()
    sentences = [text for slot in rng.choice(_PLANS) for text in _sentences(rng, draft, slot, told)]
    description = ("" if draft.lang == "zh" else " ").join(sentences)
    text = f"{title}\n{description}"
    told |= {label.tag for label in (*draft.features, *draft.facets.values()) if label.said_in(text, draft.lang)}
    tags = [department.tag, draft.kind.category, draft.kind.tag, *_told(draft, told)][:MOST_TAGS]
    return Listing(title, description, draft.lang, _named(department, draft, tags))


def _told(draft: _Draft, told: set[str]) -> list[str]:
    labels = [*draft.features, *(draft.facets[facet] for facet in FACETS if facet in draft.facets)]
    return [label.tag for label in labels if label.tag in told]


def _named(department: Department, draft: _Draft, tags: Sequence[str]) -> list[str]:
    """Call the tags what a shop in the product's language calls them."""
    if draft.lang == "en":
        return list(tags)
    labels: list[Label] = [draft.kind, *draft.features, *draft.facets.values()]
    zh = {department.tag: department.zh, draft.kind.category: draft.kind.category_zh}
    zh |= {label.tag: label.zh for label in labels}
    return [zh[tag] for tag in tags]


def _title(rng: random.Random, draft: _Draft) -> str:
    colour = draft.facets.get("colour")
    plans = [plan for plan in _TITLES[draft.lang] if colour or "{colour}" not in plan]
    titles = [feature.title_zh if draft.lang == "zh" else feature.title_en for feature in draft.features]
    said = (colour.zh if draft.lang == "zh" else colour.tag.title()) if colour else ""
    return rng.choice(plans).format(
        brand=draft.brand, name=draft.name, spec=draft.spec, feature=titles[0], feature2=titles[1], colour=said
    )


def _sentences(rng: random.Random, draft: _Draft, slot: str, told: set[str]) -> list[str]:
    if slot == "features":
        told |= {feature.tag for feature in draft.features}
        return [rng.choice(feature.zh_text if draft.lang == "zh" else feature.en_text) for feature in draft.features]
    if slot in FACETS and slot not in draft.facets:
        return []
    values = {"name": draft.name, "brand": draft.brand}
    if slot in FACETS:
        label = draft.facets[slot]
        told.add(label.tag)
        values[slot] = label.zh if draft.lang == "zh" else label.tag
    return [_filled(rng.choice(draft.kind.sentences[f"{slot}_{draft.lang}"]), values, draft.lang)]


def _filled(sentence: str, values: dict[str, str], lang: str) -> str:
    if lang == "en" and not sentence.startswith("{name}"):
        values = values | {"name": _lowered(values["name"])}
    filled = sentence.format(**values)
    return filled[0].upper() + filled[1:]


def _lowered(name: str) -> str:
    """Lower a product's name for the middle of a sentence; abbreviations and model numbers stay."""
    return " ".join(word if word.isupper() or any(c.isdigit() for c in word) else word.lower() for word in name.split())

"""Generate the demo shop's products from its material: the same products for the same seed, on any machine."""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tagger.demo.material import FACETS, Department, Feature, Kind, Label
from tagger.vocabulary import Entry

LANGUAGES = ("zh", "en")
PER_KIND_AND_LANGUAGE = 18
MOST_TAGS = 12
_TRIES = 200

# The slots of a description, in order. "features" stands for one sentence about each feature of the product.
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
    """A product as the shop shows it, with tags in its own language."""

    title: str
    description: str
    lang: str
    tags: list[str]


@dataclass(frozen=True)
class _Draft:
    """The randomly drawn parts of one product, before its texts are written."""

    kind: Kind
    lang: str
    brand: str
    name: str
    spec: str
    features: tuple[Feature, ...]
    facets: dict[str, tuple[Label, ...]]


def vocabulary_entries(shop: Sequence[Department], facets: dict[str, tuple[Label, ...]]) -> list[Entry]:
    """List every tag of the shop once, with its facet, labels and aliases."""
    found: dict[str, tuple[str, list[Label]]] = {}
    for facet, label in _labels(shop, facets):
        found.setdefault(label.tag, (facet, []))[1].append(label)
    return [_entry(tag, facet, labels) for tag, (facet, labels) in found.items()]


def _labels(shop: Sequence[Department], facets: dict[str, tuple[Label, ...]]) -> Iterator[tuple[str, Label]]:
    for department in shop:
        yield "category", Label(department.tag, department.zh)
        for kind in department.kinds:
            yield "kind", kind
            yield from (("feature", feature) for feature in kind.features)
    for facet, labels in facets.items():
        yield from ((facet, label) for label in labels)


def _entry(tag: str, facet: str, labels: Sequence[Label]) -> Entry:
    zh = dict.fromkeys([labels[0].zh, *(alias for label in labels for alias in (label.zh, *label.aliases_zh))])
    en = dict.fromkeys([tag, *(alias for label in labels for alias in label.aliases_en)])
    return Entry(tag, facet, {"zh": tuple(zh), "en": tuple(en)})


@dataclass(frozen=True)
class Shop:
    """The material that listings are generated from."""

    departments: Sequence[Department]
    facets: dict[str, tuple[Label, ...]]
    several_occasions: dict[str, tuple[str, ...]]


def listings(shop: Shop, *, seed: int = 0) -> list[Listing]:
    """Generate all products; no two share a title or a description."""
    written: dict[str, Listing] = {}
    descriptions: set[str] = set()
    for department in shop.departments:
        for kind in department.kinds:
            for lang in LANGUAGES:
                for number in range(PER_KIND_AND_LANGUAGE):
                    rng = random.Random(f"{seed}/{kind.tag}/{lang}/{number}")  # noqa: S311 - no secret is drawn
                    drafts = (_draft(rng, department, kind, lang, shop) for _ in range(_TRIES))
                    tries = (_write(rng, department, draft, shop) for draft in drafts)
                    fresh = (
                        each for each in tries if each.title not in written and each.description not in descriptions
                    )
                    if (listing := next(fresh, None)) is None:
                        raise ValueError(f"the material for {kind.tag} in {lang} is too little for so many products")
                    written[listing.title] = listing
                    descriptions.add(listing.description)
    return list(written.values())


def _draft(rng: random.Random, department: Department, kind: Kind, lang: str, shop: Shop) -> _Draft:
    brand = rng.choice(department.brands)[LANGUAGES.index(lang)]
    labels = {label.tag: label for of_facet in shop.facets.values() for label in of_facet}
    counts = {"occasion": rng.choice((1, 1, 1, 2, 3))}
    drawn = {
        facet: rng.sample(tags, min(len(tags), counts.get(facet, 1))) for facet, tags in kind.facets.items() if tags
    }
    facets = {facet: tuple(labels[tag] for tag in tags) for facet, tags in drawn.items()}
    features = tuple(rng.sample(kind.features, rng.choice((2, 3, 3, 4))))
    return _Draft(kind, lang, brand, rng.choice(kind.names[lang]), rng.choice(kind.specs[lang]), features, facets)


def _write(rng: random.Random, department: Department, draft: _Draft, shop: Shop) -> Listing:
    title = _title(rng, draft)
    plan = rng.choice(_PLANS)
    sentences = [text for slot in plan for text in _sentences(rng, draft, slot, shop)]
    description = ("" if draft.lang == "zh" else " ").join(sentences)
    tags = [department.tag, draft.kind.tag, *_mentioned_tags(draft, plan, title, description, shop)]
    return Listing(title, description, draft.lang, _name_tags(department, draft, shop, tags[:MOST_TAGS]))


def _mentioned_tags(draft: _Draft, plan: Sequence[str], title: str, description: str, shop: Shop) -> list[str]:
    """Return the tags that the description covers, and those that title or description name literally.

    In a title any shared tag counts ("商务双肩包" is for business). Words in a description may have other senses, so
    there only tags that fit this kind of product count.
    """
    told = [feature.tag for feature in draft.features if "features" in plan or feature.said_in(title, draft.lang)]
    for facet, labels in shop.facets.items():
        drawn = draft.facets.get(facet, ()) if facet in plan else ()
        fitting = draft.kind.facets[facet]
        told += [
            label.tag
            for label in labels
            if label in drawn
            or _names(title, label, labels, draft.lang)
            or (label.tag in fitting and _names(description, label, labels, draft.lang))
        ]
    return list(dict.fromkeys(told))


def _names(text: str, label: Label, labels: Sequence[Label], lang: str) -> bool:
    """Tell whether the text has the label's name outside a longer label's name (红色 in 酒红色)."""
    name = _label_text(label, lang)
    for longer in (_label_text(each, lang) for each in labels):
        if name in longer and name != longer:
            text = re.sub(re.escape(longer), "", text, flags=re.IGNORECASE)
    return label.named_in(text, lang)


def _name_tags(department: Department, draft: _Draft, shop: Shop, tags: Sequence[str]) -> list[str]:
    """Translate the tags to the product's language."""
    if draft.lang == "en":
        return list(tags)
    labels = [draft.kind, *draft.features, *(label for of_facet in shop.facets.values() for label in of_facet)]
    zh = {department.tag: department.zh} | {label.tag: label.zh for label in labels}
    return [zh[tag] for tag in tags]


def _title(rng: random.Random, draft: _Draft) -> str:
    colours = [_label_text(label, draft.lang).title() for label in draft.facets.get("colour", ())]
    plans = [plan for plan in _TITLES[draft.lang] if colours or "{colour}" not in plan]
    titles = [feature.title_zh if draft.lang == "zh" else feature.title_en for feature in draft.features]
    return rng.choice(plans).format(
        brand=draft.brand,
        name=draft.name,
        spec=draft.spec,
        feature=titles[0],
        feature2=titles[1],
        colour="".join(colours),
    )


def _sentences(rng: random.Random, draft: _Draft, slot: str, shop: Shop) -> list[str]:
    if slot == "features":
        return [rng.choice(feature.zh_text if draft.lang == "zh" else feature.en_text) for feature in draft.features]
    if slot in FACETS and slot not in draft.facets:
        return []
    said = [_label_text(label, draft.lang) for label in draft.facets.get(slot, ())]
    if len(said) > 1:
        return [rng.choice(shop.several_occasions[draft.lang]).format(occasions=_enumerate(said, draft.lang))]
    values = {"name": draft.name, "brand": draft.brand, slot: "".join(said)}
    return [_fill(rng.choice(draft.kind.sentences[f"{slot}_{draft.lang}"]), values, draft.lang)]


def _label_text(label: Label, lang: str) -> str:
    return label.zh if lang == "zh" else label.tag


def _enumerate(words: Sequence[str], lang: str) -> str:
    return "、".join(words) if lang == "zh" else f"{', '.join(words[:-1])} and {words[-1]}"


def _fill(sentence: str, values: dict[str, str], lang: str) -> str:
    if lang == "en" and not sentence.startswith("{name}"):
        values = values | {"name": _lower(values["name"])}
    filled = sentence.format(**values)
    return filled[0].upper() + filled[1:]


def _lower(name: str) -> str:
    """Lower-case a product's name for the middle of a sentence, except abbreviations, model names and numbers."""
    return " ".join(
        word if word[1:] != word[1:].lower() or any(c.isdigit() for c in word) else word.lower()
        for word in name.split()
    )

"""The hand-written material of the demo shop: names and descriptions of its products."""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "material"
FACETS = ("colour", "material", "audience", "occasion", "style")


@dataclass(frozen=True)
class Label:
    """A tag with its Chinese label, and aliases that texts use."""

    tag: str
    zh: str
    aliases_zh: tuple[str, ...] = ()
    aliases_en: tuple[str, ...] = ()

    def said_in(self, text: str, lang: str) -> bool:
        """Tell whether the text contains this tag or one of its aliases, in the given language."""
        forms = (self.zh, *self.aliases_zh) if lang == "zh" else (self.tag, *self.aliases_en)
        return any(form.casefold() in text.casefold() for form in forms)

    def named_in(self, text: str, lang: str) -> bool:
        """Tell whether the text has the tag's own name in this language; in English, as a whole word."""
        if lang == "zh":
            return self.zh in text
        return re.search(rf"(?<!\w){re.escape(self.tag)}(?!\w)", text, re.IGNORECASE) is not None


@dataclass(frozen=True, kw_only=True)
class Feature(Label):
    """A feature of a kind of product, with sentences that describe it."""

    title_zh: str
    title_en: str
    zh_text: tuple[str, ...]
    en_text: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Kind(Label):
    """A kind of product; `sentences` has its copy by slot and language, such as "openers_zh"."""

    names: Mapping[str, tuple[str, ...]]
    specs: Mapping[str, tuple[str, ...]]
    facets: Mapping[str, tuple[str, ...]]
    sentences: Mapping[str, tuple[str, ...]]
    features: tuple[Feature, ...]


@dataclass(frozen=True)
class Department:
    """A department of the shop: its brands (Chinese and English spelling) and kinds."""

    tag: str
    zh: str
    brands: tuple[tuple[str, str], ...]
    kinds: tuple[Kind, ...]


def facet_labels(folder: Path = FOLDER) -> dict[str, tuple[Label, ...]]:
    """Read the tags shared by all departments, by facet."""
    with (folder / "facets.toml").open("rb") as file:
        read = tomllib.load(file)
    return {facet: tuple(Label(**_tuples(entry)) for entry in read[facet]) for facet in FACETS}


def several_occasions(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Read the sentences for products that suit several occasions, by language."""
    with (folder / "facets.toml").open("rb") as file:
        return {lang: tuple(texts) for lang, texts in tomllib.load(file)["several_occasions"].items()}


def departments(folder: Path = FOLDER) -> tuple[Department, ...]:
    """Read every department, in the order of the file names."""
    files = sorted(path for path in folder.glob("*.toml") if path.stem != "facets")
    return tuple(_department(path) for path in files)


def _department(path: Path) -> Department:
    with path.open("rb") as file:
        read = tomllib.load(file)
    kinds = tuple(_kind(entry) for entry in read["kinds"])
    brands = tuple((zh, en) for zh, en in read["brands"])
    return Department(read["department"], read["department_zh"], brands, kinds)


def _kind(entry: Mapping[str, Any]) -> Kind:
    slots = [f"{slot}_{lang}" for slot in ("openers", "closers", *FACETS) for lang in ("zh", "en")]
    label = {field.name: entry[field.name] for field in fields(Label)}
    return Kind(
        **_tuples(label),
        names={lang: tuple(entry[f"names_{lang}"]) for lang in ("zh", "en")},
        specs={lang: tuple(entry[f"specs_{lang}"]) for lang in ("zh", "en")},
        facets={facet: tuple(entry[f"{facet}s"]) for facet in FACETS},
        sentences={slot: tuple(entry[slot]) for slot in slots},
        features=tuple(Feature(**_tuples(feature)) for feature in entry["features"]),
    )


def _tuples(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}


def violations(department: Department, facets: Mapping[str, tuple[Label, ...]]) -> Iterator[str]:
    """Yield every problem of a department: what the generator cannot use, or a reader would stumble over."""
    if len(department.brands) < 8:
        yield f"{department.tag}: fewer than 8 brands"
    known = {facet: {label.tag for label in labels} for facet, labels in facets.items()}
    reserved = set().union(*known.values()) | {department.tag}
    reserved |= {kind.tag for kind in department.kinds}
    seen: set[str] = set()
    for kind in department.kinds:
        for problem in (*_kind_violations(kind, known, reserved), *_repeats(kind, seen)):
            yield f"{department.tag} / {kind.tag}: {problem}"


def _kind_violations(kind: Kind, known: Mapping[str, set[str]], reserved: set[str]) -> Iterator[str]:
    for facet, tags in kind.facets.items():
        yield from (f"no {facet} {tag!r} in facets.toml" for tag in tags if tag not in known[facet])
        yield from _slot_violations(kind, facet, f"{{{facet}}}", 2 if tags else 0)
    yield from _slot_violations(kind, "openers", "{name}", 4)
    yield from _slot_violations(kind, "closers", "", 4)
    for lang in ("zh", "en"):
        yield from _too_few(f"names_{lang}", kind.names[lang], 4)
        yield from _too_few(f"specs_{lang}", kind.specs[lang], 6)
        yield from (f"{name!r} does not name the kind" for name in kind.names[lang] if not kind.said_in(name, lang))
    yield from _too_few("features", kind.features, 6)
    named = [feature.tag for feature in kind.features]
    wrong = (tag for tag in named if named.count(tag) > 1 or tag in reserved)
    yield from (f"feature {tag!r} twice or already another tag" for tag in wrong)
    for feature in kind.features:
        yield from _feature_violations(feature)


def _feature_violations(feature: Feature) -> Iterator[str]:
    if feature.tag != feature.tag.lower() or len(feature.tag.split()) > 3:
        yield f"feature {feature.tag!r}: lower case, three words at most"
    for lang, texts, title in (("zh", feature.zh_text, feature.title_zh), ("en", feature.en_text, feature.title_en)):
        yield from _too_few(f"feature {feature.tag!r} {lang}_text", texts, 3)
        if sum(feature.said_in(text, lang) for text in texts) < 2:
            yield f"feature {feature.tag!r}: fewer than two {lang} sentences say it"
        if not feature.said_in(title, lang):
            yield f"feature {feature.tag!r}: title_{lang} does not say it"


def _slot_violations(kind: Kind, slot: str, placeholder: str, least: int) -> Iterator[str]:
    for lang in ("zh", "en"):
        sentences = kind.sentences[f"{slot}_{lang}"]
        yield from _too_few(f"{slot}_{lang}", sentences, least)
        yield from (f"{slot}_{lang}: no {placeholder} in {text!r}" for text in sentences if placeholder not in text)


def _too_few(what: str, values: tuple[Any, ...], least: int) -> Iterator[str]:
    if len(values) < least:
        yield f"{what}: {len(values)} of at least {least}"


def _repeats(kind: Kind, seen: set[str]) -> Iterator[str]:
    texts = [text for slot in kind.sentences.values() for text in slot]
    texts += [text for feature in kind.features for text in feature.zh_text + feature.en_text]
    for text in texts:
        if text in seen:
            yield f"twice: {text!r}"
        if text[-1] not in "。！？.!?":
            yield f"no final punctuation: {text!r}"
        seen.add(text)


if __name__ == "__main__":
    shared = facet_labels()
    for stem in sys.argv[1:]:
        found = list(violations(_department(FOLDER / f"{stem}.toml"), shared))
        print("\n".join(found) or f"{stem}: in order")

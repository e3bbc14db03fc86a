"""A tag has the same probability however its name is spelled in the text, and words that only look alike stay apart.

`spelling_pairs.tsv` and `spelling_near_misses.tsv` have one text a line, with two spellings in brackets: the plain one
and another. The store is fitted on texts in the plain spelling only.
"""

import csv
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from index.product import make_product
from index.progress import silent
from index.store import Store
from index.text.name_matching import find_name, name_of
from index.text.normal_form import normal_form
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.load import open_pipeline
from tagger.pipeline import Pipeline
from tagger.settings import read

FOLDER = Path(__file__).parent
CHOICE = re.compile(r"\[([^\]=]*)=([^\]]*)\]")
# Fillers for the texts that the store is fitted on.
FRAMES = {
    "en": ("Norda {} for every day", "{}, a gift for friends", "New: {} by Halvik", "Set with {}, boxed", "Compact {}"),
    "zh": ("新款{}家用", "{}送礼佳品", "品牌直销 {}", "网红同款{}包邮", "简约{}"),
}
JOINTS = {"en": ", ", "zh": " "}
PRODUCTS_PER_TAG = 8
TOLERANCE = 0.05


@dataclass(frozen=True)
class Pair:
    """Two spellings of a text; `kind` is empty for a near miss."""

    lang: str
    tag: str
    plain: str
    other: str
    kind: str = ""


def read_pairs(name: str) -> list[Pair]:
    with (FOLDER / name).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Pair(row["lang"], row["tag"], *(CHOICE.sub(rf"\{n}", row["text"]) for n in (1, 2)), row.get("kind") or "")
        for row in rows
    ]


PAIRS = read_pairs("spelling_pairs.tsv")
NEAR_MISSES = read_pairs("spelling_near_misses.tsv")


def finds(tag: str, text: str) -> bool:
    return any(find_name(name_of(tag), normal_form(make_product(text).text)))


def test_there_are_400_pairs_of_both_languages_and_200_near_misses() -> None:
    for pairs, least in ((PAIRS, 200), (NEAR_MISSES, 100)):
        assert all(pair.plain != pair.other for pair in pairs)
        for lang in ("en", "zh"):
            assert len({(pair.tag, pair.other) for pair in pairs if pair.lang == lang}) >= least


def test_a_name_is_found_in_each_spelling() -> None:
    assert [pair for pair in PAIRS if not finds(pair.tag, pair.plain)] == []
    missed = [pair for pair in PAIRS if not finds(pair.tag, pair.other)]
    assert len(missed) <= 0.03 * len(PAIRS), missed


def test_a_name_is_not_found_in_a_near_miss() -> None:
    assert [pair for pair in NEAR_MISSES if not finds(pair.tag, pair.plain)] == []
    assert [pair for pair in NEAR_MISSES if finds(pair.tag, pair.other)] == []


def written_plainly() -> Iterator[dict[str, object]]:
    """Yield products whose texts name their tags in the plain spelling."""
    source = random.Random(5)
    for lang in FRAMES:
        tags = sorted({pair.tag for pair in (*PAIRS, *NEAR_MISSES) if pair.lang == lang})
        for number, tag in enumerate(tags * PRODUCTS_PER_TAG):
            own = [tag, *source.sample([each for each in tags if each != tag], number % 3)]
            text = source.choice(FRAMES[lang]).format(JOINTS[lang].join(own))
            yield {"id": f"{lang}{number}", "title": text, "tags": own, "lang": lang}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    folder = tmp_path_factory.mktemp("spelling")
    file = folder / "products.jsonl"
    file.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in written_plainly()), "utf-8")
    with Store.writer(folder / "store", create=True) as store:
        ingest(store, [file], silent)
        fit(store, read(), silent)
        opened = open_pipeline(store).quick()
    # Without the judgement whether the store knows such products: the texts that it was fitted on are lists of words.
    return Pipeline(opened.taggers, opened.fuser, threshold=opened.threshold, vocabulary=opened.vocabulary)


def probabilities(pipeline: Pipeline, pairs: Sequence[Pair], texts: Sequence[str]) -> list[float]:
    products = [make_product(text, lang=pair.lang) for pair, text in zip(pairs, texts, strict=True)]
    tagged = pipeline.tag(products, 50)
    return [
        next((each.probability for each in tags if each.tag == pair.tag), 0.0)
        for pair, tags in zip(pairs, tagged, strict=True)
    ]


@pytest.mark.slow
def test_a_tag_is_as_probable_in_each_spelling(pipeline: Pipeline) -> None:
    plain = probabilities(pipeline, PAIRS, [pair.plain for pair in PAIRS])
    other = probabilities(pipeline, PAIRS, [pair.other for pair in PAIRS])
    apart = [(pair, p, q) for pair, p, q in zip(PAIRS, plain, other, strict=True) if abs(p - q) > TOLERANCE]
    assert sum(p >= pipeline.threshold for p in plain) >= 0.97 * len(PAIRS)
    assert len(apart) <= 0.03 * len(PAIRS), apart


@pytest.mark.slow
def test_a_tag_is_not_accepted_for_a_near_miss(pipeline: Pipeline) -> None:
    other = probabilities(pipeline, NEAR_MISSES, [pair.other for pair in NEAR_MISSES])
    accepted = [(pair, q) for pair, q in zip(NEAR_MISSES, other, strict=True) if q >= pipeline.threshold]
    assert len(accepted) <= 0.03 * len(NEAR_MISSES), accepted

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index.encoders.sentence_encoder import SentenceEncoder
from index.product import Product
from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.tag_names.name_model import PACKAGED, load_model
from tagger.taggers.names import NamesTagger, create
from tagger.types import Evidence, Span
from tagger.vocabulary import Entry, Vocabulary

SHELF = Vocabulary(
    [Entry("mug", "kind", {"zh": ("杯子",), "en": ("mug", "cup")}), Entry("lamp"), Entry("fridge"), Entry("red")]
)


class Axes:
    """Gives each word of a text its own axis; words in a line of `alike` share one."""

    name = "axes"
    dim = 64
    alike = ("mug cup 杯子 drinking", "lamp light")

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._axis: dict[str, int] = {word: n for n, line in enumerate(self.alike) for word in line.split()}

    def encode(self, texts: Sequence[str]) -> Matrix:
        self.asked += texts
        vectors = np.full((len(texts), self.dim), 1e-3, np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for word in text.lower().split():
                row[self._axis.setdefault(word, len(self.alike) + len(self._axis))] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def names(vocabulary: Vocabulary = SHELF, products: Sequence[Product] = (), encoder: Axes | None = None) -> NamesTagger:
    encoder = encoder or Axes()
    tagger = NamesTagger(encoder, vocabulary, load_model(PACKAGED, encoder.name), seed=0)
    tagger.fit(products)
    return tagger


def order(tagger: NamesTagger, text: str) -> list[str]:
    [ranking] = tagger.suggest([Product("p", text)], 9)
    return [each.tag for each in ranking]


def test_a_tag_is_found_by_meaning_though_the_text_does_not_name_it() -> None:
    assert order(names(), "drinking vessel")[0] == "mug"
    assert order(names(), "light")[0] == "lamp"


def test_a_tag_that_the_text_names_is_more_probable_than_one_that_it_only_means() -> None:
    [ranking] = names().suggest([Product("p", "red light drinking")], 2)
    assert ranking[0].tag == "red"
    scores = dict(names().suggest([Product("p", "red light drinking")], 9)[0])
    assert scores["red"] > scores["lamp"] > scores["fridge"]


def test_the_evidence_is_the_place_that_names_the_tag_under_any_of_its_names() -> None:
    [evidence] = names().explain([Product("p", "Small Cups, red")], [["mug", "lamp"]])
    assert evidence == {"mug": Evidence(spans=(Span(6, 10, "Cups"),))}


def test_texts_of_the_catalogue_show_what_a_tag_means_there() -> None:
    """Its names say nothing of a word that stands beside the tag's name in text after text."""
    texts = [f"lamp glow {number}" for number in range(30)] + [f"mug clay {number}" for number in range(30)]
    plain = NamesTagger(Axes(), SHELF, load_model(PACKAGED, "axes"), seed=0)
    taught = NamesTagger(Axes(), SHELF, load_model(PACKAGED, "axes"), texts, seed=0)
    for tagger in (plain, taught):
        tagger.fit([])
    assert order(taught, "glow")[0] == "lamp"
    assert order(taught, "clay")[0] == "mug"
    scores = [dict(tagger.suggest([Product("p", "glow")], 9)[0]) for tagger in (plain, taught)]
    assert scores[1]["lamp"] - scores[1]["fridge"] > scores[0]["lamp"] - scores[0]["fridge"] + 0.05


def test_a_name_of_function_words_is_not_looked_for() -> None:
    tagger = names(Vocabulary([Entry("and"), Entry("the north face"), Entry("lamp")]))
    spans = tagger.explain([Product("p", "lamp and jacket by the north face")], [["and", "the north face", "lamp"]])
    assert set(spans[0]) == {"the north face", "lamp"}


def test_tags_of_products_are_known_beside_those_of_the_vocabulary() -> None:
    tagger = names(products=[Product("1", "blue pan", tags=("pan",))])
    assert order(tagger, "pan")[0] == "pan"


def test_without_a_vocabulary_nothing_is_suggested() -> None:
    assert names(Vocabulary()).suggest([Product("p", "mug"), Product("q", "")], 5) == [[], []]


def test_a_renamed_tag_is_found_by_its_new_name_and_suggested_under_the_old_one() -> None:
    tagger = names()
    tagger.follow(Vocabulary([Entry("beaker", "kind", {"en": ("beaker", "mug")}), *list(SHELF)[1:]]))
    [evidence] = tagger.explain([Product("p", "a beaker")], [["mug"]])
    assert evidence["mug"].spans == (Span(2, 8, "beaker"),)


def test_what_is_saved_answers_as_before_and_embeds_no_name_again(tmp_path: Path) -> None:
    encoder = Axes()
    fitted = names(products=[Product("1", "red mug")], encoder=encoder)
    fitted.save(tmp_path)
    encoder.asked.clear()
    loaded = NamesTagger(encoder, SHELF, load_model(PACKAGED, encoder.name), seed=0)
    loaded.load(tmp_path)
    assert encoder.asked == []
    products = [Product("p", "red drinking 杯子")]
    assert loaded.suggest(products, 9) == fitted.suggest(products, 9)


def test_the_packaged_model_tags_in_both_languages_without_a_label(
    resources: Resources, default_encoder: SentenceEncoder
) -> None:
    tags = ("refrigerators", "washing machines", "desk lamps", "water bottles", "phone cases")
    tagger = create(replace(resources, encoder=default_encoder, vocabulary=Vocabulary(map(Entry, tags))))
    tagger.fit([Product("1", "Quiet fridge"), Product("2", "Insulated flask"), Product("3", "LED reading light")])
    texts = ("双门冰箱 450升 节能静音", "Front-load washer, 8 kg", "护眼台灯 LED")
    found = [ranking[0].tag for ranking in tagger.suggest([Product(text, text) for text in texts], 1)]
    assert found == ["refrigerators", "washing machines", "desk lamps"]

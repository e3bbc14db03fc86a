import json

import numpy as np
import pytest

from index.product import make_product
from tagger.novelty import detector
from tagger.novelty.detector import LEARNT, WORDS, NoveltyDetector, Sources
from tagger.novelty.features import FEATURES
from tagger.novelty.model import FamiliarityModel, Scale, Scales
from tagger.novelty.word_counts import count_words, word_hashes
from tagger.plugins import Analysis
from tagger.tagger_outputs import TaggerOutputs
from tagger.types import LabelledHit, Suggestion
from tagger.vocabulary import Entry, Vocabulary

STRANGERS = ("Merlot reserve, dry red wine from Chile", "智利干红葡萄酒 750毫升", "Ibuprofen tablets against headache")
VOCABULARY = Vocabulary([Entry("mug"), Entry("501")])
# Only the similarity of the nearest products counts; .5 is the mean of the store's own, .1 the deviation.
SCALE = Scale([0.5] + [0.0] * 4, [0.1] + [1.0] * 4)
MODEL = FamiliarityModel(Scales(SCALE, {}), [2.0, 0.0, -1.0, 0.0, 0.0], 0.0, 0.2)
WORDS_KNOWN = count_words([word_hashes("red mug")])


class Found:
    """An analysis whose nearest product is as similar as given."""

    def __init__(self, *similarities):
        self.similarities = similarities

    def rankings(self, limit):
        return [[] for _ in self.similarities]

    def evidence(self, tags):
        return [{} for _ in self.similarities]

    def nearest(self):
        return [[LabelledHit(similarity, ("mug",))] for similarity in self.similarities]


def judge(texts, *similarities, model=MODEL, sources=None):
    analyses: dict[str, Analysis] = {"knn": Found(*similarities)}
    outputs = TaggerOutputs({"names": [[Suggestion("mug", 0.5)] for _ in texts]}, analyses, {}, {}, {})
    told = NoveltyDetector(sources or Sources("knn", "names"), {"mug": 0.5}, model, WORDS_KNOWN)
    return told.judge([make_product(text) for text in texts], outputs, VOCABULARY)


def test_a_product_far_from_all_others_is_unknown_and_the_reason_is_what_counted_most():
    near, far, strange = judge(["red mug", "red mug", "wine glass"], 0.6, 0.3, 0.5)
    assert (near.known, near.reason) == (True, None)
    # Two deviations below the mean: the logit is -4, and the odds of the threshold, .2, are 1 to 4; squared.
    assert (far.known, far.chance) == (False, pytest.approx((np.exp(-4) * 4) ** 2))
    assert far.reason.code == "known.none-like-it"
    # No word of it is known, which is worth a logit of -1: .27 is still above the threshold of .2.
    assert strange.known
    [strange] = judge(["wine glass"], 0.4)
    assert (strange.known, strange.reason.code) == (False, "known.none-like-it")
    [strange] = judge(["wine glass"], 0.476)
    assert (strange.known, strange.reason.code) == (False, "known.other-words")


@pytest.mark.parametrize("text", ["???", "nan", "12345", "Lorem ipsum dolor sit amet"])
def test_a_text_that_says_nothing_is_unknown_even_without_a_model(text):
    for model in (MODEL, None):
        [found] = judge([text], 0.9, model=model)
        assert (found.known, found.chance, found.reason.code) == (False, 0.0, "known.no-content")
    assert judge(["501"], 0.9, model=None)[0].known


def test_without_neighbours_nothing_can_be_told():
    assert judge(["wine"], 0.1, sources=Sources("another", "names"))[0].known


def test_the_reason_is_there_in_both_languages():
    [found] = judge(["???"], 0.9)
    assert found.as_dict() == {
        "known": False,
        "reason": "the text has no words about a product",
        "reason_code": "known.no-content",
    }
    assert found.reason.text("zh") == "文字中没有关于商品的内容"


def test_a_detector_reads_what_it_wrote(tmp_path):
    told = NoveltyDetector(Sources("knn", "names"), {"mug": 0.5}, MODEL, WORDS_KNOWN)
    told.save(tmp_path)
    again = detector.load(tmp_path)
    assert again is not None
    assert (again._kinds, again._model, again._sources) == (told._kinds, told._model, told._sources)
    assert again._words.of(word_hashes("red wine")).sum() == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([LEARNT, WORDS])


def test_a_store_without_a_detector_or_with_one_of_other_features_has_none(tmp_path):
    assert detector.load(tmp_path) is None
    NoveltyDetector(Sources("", ""), {}, None, WORDS_KNOWN).save(tmp_path)
    learnt = json.loads((tmp_path / LEARNT).read_text("utf-8"))
    assert learnt["features"] == list(FEATURES)
    (tmp_path / LEARNT).write_text(json.dumps(learnt | {"features": ["others"]}), "utf-8")
    assert detector.load(tmp_path) is None


def test_what_was_learnt_is_reused_for_the_same_products(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
    NoveltyDetector(Sources("knn", "names"), {"mug": 0.5}, MODEL, WORDS_KNOWN).save(first)
    detector.reuse(first, [make_product("red mug")], second)
    for name in (LEARNT, WORDS):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_fitted_shop_knows_its_own_kinds_and_no_strangers(shop):
    own = shop.pipeline.answers(shop.unseen, 5)
    assert sum(not each.familiarity.known for each in own) <= 0.03 * len(own)
    for answer in shop.pipeline.answers([make_product(text) for text in STRANGERS], 5):
        assert not answer.familiarity.known
        assert not any(tag.accepted for tag in answer.tags)
        assert 0 < answer.tags[0].probability < answer.familiarity.chance


def test_batches_explanations_and_variants_agree(shop):
    texts = [*STRANGERS, "???", "Electric kettle"]
    together = shop.pipeline.answers([make_product(text) for text in texts], 5)
    assert [each.familiarity.known for each in together] == [False, False, False, False, True]
    for text, answer in zip(texts, together, strict=True):
        explained = shop.pipeline.explain(make_product(text), 5)
        assert explained.familiarity.known == answer.familiarity.known
        assert explained.familiarity.chance == pytest.approx(answer.familiarity.chance, rel=0.02)
    without = shop.pipeline.variant(without=["knn"])
    assert [each.familiarity.known for each in without.answers([make_product(text) for text in texts], 5)] == [
        True,
        True,
        True,
        False,
        True,
    ]

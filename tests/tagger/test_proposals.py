from dataclasses import replace

import pytest

from index.product import Product
from tagger.fusion.fuser import UNTRAINED
from tagger.pipeline import Pipeline
from tagger.proposals import ProposalCheck
from tagger.types import Evidence, Span, ranked
from tagger.vocabulary import Entry, Vocabulary


def place(tag, text, names=()):
    return ProposalCheck(text, set(names).__contains__).place(tag)


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("六角螺", "不锈钢六角螺栓"),
        ("汽车机", "美孚汽车机油 5W-30"),
        ("印纸", "A4打印纸 500张"),
        ("吹风", "大功率吹风机"),
        ("提包", "真皮手提包"),
        ("美日记", "完美日记口红"),
        ("贵", "贵妇膏"),
        ("kett", "electric kettle"),
        ("1.7", "kettle 1.7 l"),
        ("for women", "shoes for women"),
        ("的口红", "完美日记的口红"),
        ("teapot", "electric kettle"),
    ],
)
def test_what_is_no_word_of_the_text_has_no_place(tag, text):
    assert place(tag, text) is None


@pytest.mark.parametrize(
    ("tag", "text", "start"),
    [
        ("螺栓", "不锈钢六角螺栓", 5),
        ("机油", "美孚汽车机油 5W-30", 4),
        ("手提包", "真皮手提包", 2),
        ("圆领", "小圆领 T恤", 1),
        ("显瘦", "修身连衣裙显瘦", 5),
        ("Electric Kettle", "The ELECTRIC kettle", 4),
        ("usb-c", "cable usb-c 2 m", 6),
    ],
)
def test_a_word_of_the_text_has_its_place(tag, text, start):
    assert place(tag, text) == Span(start, start + len(tag), text[start : start + len(tag)])


def test_a_part_of_a_longer_name_is_no_word():
    assert place("螺蛳", "好欢螺螺蛳粉", ["螺蛳粉"]) is None
    assert place("螺蛳", "螺蛳和小虾", ["螺蛳粉"]) == Span(0, 2, "螺蛳")


def test_a_part_of_a_more_probable_new_tag_is_no_word():
    check = ProposalCheck("完美日记 口红 日记 哑光", lambda text: False)
    assert check.place("完美日记") == Span(0, 4, "完美日记")
    # It also stands alone.
    assert check.place("日记") == Span(8, 10, "日记")
    assert check.place("完美") is None
    # A longer one is a compound.
    assert check.place("口红 日记") == Span(5, 10, "口红 日记")


class Fixed:
    def suggest(self, products, limit):
        return [ranked({"kettle": 0.9, "gooseneck": 0.8, "teapot": 0.7, "matte": 0.3}, limit) for _ in products]


@pytest.mark.parametrize("accept_new", [False, True])
def test_new_tags_are_proposed_with_their_place_and_accepted_only_by_the_setting(accept_new):
    pipeline = Pipeline(
        {"only": Fixed()},
        UNTRAINED["weighted_sum"],
        threshold=0.5,
        vocabulary=Vocabulary([Entry("kettle")]),
        accept_new=accept_new,
        checks_new=True,
    )
    product = Product("p", "Gooseneck kettle, matte")
    kettle, gooseneck, matte = pipeline.explain(product, 5).tags
    assert (kettle.accepted, kettle.new, kettle.proposed) == (True, False, False)
    assert (gooseneck.tag, gooseneck.new) == ("gooseneck", True)
    assert (gooseneck.accepted, gooseneck.proposed) == (accept_new, not accept_new)
    assert gooseneck.evidence.spans == (Span(0, 9, "Gooseneck"),)
    assert (matte.tag, matte.accepted, matte.proposed) == ("matte", False, False)
    plain = [replace(each, evidence=Evidence()) for each in (kettle, gooseneck, matte)]
    assert pipeline.tag([product], 5) == [plain]
    assert pipeline.tag([product], 2) == [plain[:2]]

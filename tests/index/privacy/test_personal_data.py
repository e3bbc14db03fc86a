"""Personal data is found in 300 written examples, half of them near-misses, and masked."""

import csv
from pathlib import Path

import pytest

pytest.importorskip("phonenumbers", reason="the extra `privacy` is not installed")
pytest.importorskip("stdnum", reason="the extra `privacy` is not installed")

from index.privacy.masking import mask
from index.privacy.personal_data import KINDS, find

EXAMPLES = Path(__file__).with_name("examples.tsv")
MOST = 0.02


@pytest.fixture(scope="module")
def examples() -> list[dict[str, str]]:
    with EXAMPLES.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def found(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in find(text)]


def test_there_are_300_examples_of_every_kind_in_both_languages(examples: list[dict[str, str]]) -> None:
    assert len(examples) == 300
    assert {each["kind"] for each in examples} == {*KINDS, ""}
    personal = [each["text"] for each in examples if each["kind"]]
    assert len(personal) == 150
    assert sum(any(character >= "一" for character in text) for text in personal) >= 50


def test_at_most_two_percent_are_missed(examples: list[dict[str, str]]) -> None:
    personal = [each for each in examples if each["kind"]]
    missed = [each for each in personal if found(each["text"]) != [(each["kind"], each["value"])]]
    assert len(missed) <= MOST * len(personal), missed


def test_at_most_two_percent_of_near_misses_are_taken_for_personal_data(examples: list[dict[str, str]]) -> None:
    others = [each["text"] for each in examples if not each["kind"]]
    wrong = [text for text in others if found(text)]
    assert len(wrong) <= MOST * len(others), wrong


def test_what_was_found_is_replaced_by_its_kind_in_the_language_of_the_text() -> None:
    text = "Mail ann@example.com or call +1 415-555-2671, EAN 4006381333931"
    assert mask(text, "en", KINDS) == "Mail [e-mail] or call [phone number], EAN 4006381333931"
    assert mask(text, "en", ["email"]) == "Mail [e-mail] or call +1 415-555-2671, EAN 4006381333931"
    assert mask("电话13812345678，邮箱a@b.co", "zh", KINDS) == "电话[电话]，邮箱[邮箱]"

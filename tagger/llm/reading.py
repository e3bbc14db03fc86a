"""Read a model's answer strictly: what does not have the form that was asked for is no answer."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from index.messages import Message
from tagger.llm.question import LONGEST_TAG, MOST_NEW, Question

_FENCE = re.compile(r"\s*```(?:json)?\s*\n(?P<inside>.*?)\n?\s*```\s*", re.DOTALL)
# Models that think aloud do so before their answer.
_THOUGHTS = re.compile(r"\s*<think>.*?</think>", re.DOTALL)
_NUMBERS = re.compile(r"\s*\d{1,4}(?:\s*[,;]\s*\d{1,4})*\s*\.?\s*")
_YES_OR_NO = re.compile(r'"(?P<number>\d{1,4})"\s*:\s*"(?P<answer>yes|no)"', re.IGNORECASE)
_LISTED = re.compile(r"\d{1,4}")
# Scores of tags without token probabilities: the surest first.
_LAST_LISTED = 0.5


class Unreadable(ValueError):
    """An answer that does not have the form asked for; the message says why."""

    def __init__(self, reason: Message) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True)
class Token:
    """A token of an answer, its probability, and the probabilities of the tokens that might have stood there."""

    text: str
    probability: float
    others: Mapping[str, float]


@dataclass(frozen=True)
class Completion:
    """What a server answered: the text, its tokens if the server gives them, and the tokens read and written."""

    text: str
    tokens: Sequence[Token]
    usage: tuple[int, int] | None
    cut: bool


@dataclass(frozen=True)
class ReadAnswer:
    """Scores of candidates by their index, 0 to 1, and tags that were written."""

    scores: Mapping[int, float]
    new: tuple[str, ...]


def usage_of(answer: Any) -> tuple[int, int] | None:
    """Return the tokens read and written that a server reports, None if it reports none."""
    usage = answer.get("usage") if isinstance(answer, dict) else None
    if not isinstance(usage, dict):
        return None
    counts = {name: usage.get(f"{name}_tokens") for name in ("prompt", "completion", "total")}
    read, written, total = (value if _is_count(value) else None for value in counts.values())
    if read is None or written is None:
        return None
    # Thoughts count as written, and some servers add them to the total only.
    return read, max(written, (total or 0) - read)


def _is_count(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def read_completion(content: bytes) -> Completion:
    """Read a server's answer. Raises `Unreadable` if it is no chat completion, or if the model refused."""
    try:
        answer = json.loads(content)
        choice = answer["choices"][0]
        message = choice["message"]
        text, refusal = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Unreadable(Message("llm.no-completion")) from error
    if refusal or choice.get("finish_reason") == "content_filter":
        raise Unreadable(Message("llm.refused"))
    if not isinstance(text, str) or not text.strip():
        raise Unreadable(Message("llm.empty"))
    return Completion(text, _tokens(choice, text), usage_of(answer), choice.get("finish_reason") == "length")


def _tokens(choice: Mapping[str, Any], text: str) -> list[Token]:
    """Return the tokens of an answer; none if the server gives none, or others than those of the text."""
    try:
        tokens = [
            Token(
                each["token"],
                math.exp(min(0.0, each["logprob"])),
                {other["token"]: math.exp(min(0.0, other["logprob"])) for other in each.get("top_logprobs") or ()},
            )
            for each in choice["logprobs"]["content"]
        ]
        joined = "".join(each.text for each in tokens)
    except (LookupError, TypeError, AttributeError):
        return []
    # The last token may be the sign that ends the text.
    return tokens if joined.startswith(text) else []


def read_answer(question: Question, completion: Completion) -> ReadAnswer:
    """Return what the model answered. Raises `Unreadable`.

    Numbers that no candidate has are left out, and so is all that is no tag.
    """
    value = _value(completion)
    if question.task == "judge":
        return _read_judgements(question, completion, value)
    return _read_choice(question, completion, value)


def _value(completion: Completion) -> Any:
    """Return the JSON value of an answer; bare numbers become the object that was asked for."""
    text = _THOUGHTS.sub("", completion.text, count=1)
    if fence := _FENCE.fullmatch(text):
        text = fence["inside"]
    # What was cut may end inside a number.
    if not completion.cut and _NUMBERS.fullmatch(text):
        return {"tags": list(map(int, _LISTED.findall(text))), "new": []}
    try:
        value = json.loads(text)
        return {"tags": value, "new": []} if isinstance(value, list) else value
    except (ValueError, RecursionError) as error:
        raise Unreadable(Message("llm.cut") if completion.cut else Message("llm.other-form")) from error


def _read_judgements(question: Question, completion: Completion, value: Any) -> ReadAnswer:
    if not isinstance(value, dict):
        raise Unreadable(Message("llm.other-form"))
    said = {str(key): str(answer).strip().lower() for key, answer in value.items()}
    sure = {
        match["number"]: yes
        for match in _YES_OR_NO.finditer(completion.text)
        if (yes := _chance_of_yes(completion.tokens, match.start("answer"))) is not None
    }
    scores = {}
    for place in range(len(question.candidates)):
        number = str(place + 1)
        if said.get(number) in ("yes", "no"):
            scores[place] = sure.get(number, float(said[number] == "yes"))
    if question.candidates and not scores:
        raise Unreadable(Message("llm.other-form"))
    return ReadAnswer(scores, ())


def _chance_of_yes(tokens: Sequence[Token], start: int) -> float | None:
    """Return the probability of yes against no at a place of the text, None without token probabilities."""
    token = _token_at(tokens, start)
    if token is None:
        return None
    # The token may begin before the word, with the quotation mark.
    chances = {"y": 0.0, "n": 0.0}
    for text, probability in {token.text: token.probability, **token.others}.items():
        word = text.strip().strip("\"'").lower()
        if word[:1] in chances and ("yes".startswith(word) or "no".startswith(word)):
            chances[word[:1]] += probability
    total = sum(chances.values())
    return chances["y"] / total if total else None


def _token_at(tokens: Sequence[Token], place: int) -> Token | None:
    end = 0
    for token in tokens:
        end += len(token.text)
        if place < end:
            return token
    return None


def _read_choice(question: Question, completion: Completion, value: Any) -> ReadAnswer:
    if not isinstance(value, dict) or not isinstance(value.get("tags"), list):
        raise Unreadable(Message("llm.other-form"))
    numbers = [each for each in value["tags"] if _is_count(each) and 1 <= each <= len(question.candidates)]
    if value["tags"] and not numbers:
        raise Unreadable(Message("llm.other-tags"))
    chosen = list(dict.fromkeys(numbers))
    sure = _chances_of_numbers(completion)
    step = (1 - _LAST_LISTED) / max(len(chosen), 1)
    scores = {number - 1: sure.get(number, 1 - step * place) for place, number in enumerate(chosen)}
    written = value.get("new")
    new = [each.strip() for each in written if isinstance(each, str)] if isinstance(written, list) else []
    tags = tuple(each for each in dict.fromkeys(new) if 0 < len(each) <= LONGEST_TAG)
    return ReadAnswer(scores, tags[:MOST_NEW])


def _chances_of_numbers(completion: Completion) -> dict[int, float]:
    """Return the probability of each number in the list, none without token probabilities."""
    begin, end = completion.text.find("["), completion.text.find("]")
    if not completion.tokens or not 0 <= begin < end:
        return {}
    found: dict[int, float] = {}
    for match in _LISTED.finditer(completion.text, begin, end):
        found.setdefault(int(match[0]), _chance_of(completion.tokens, match.start(), match.end()))
    return found


def _chance_of(tokens: Sequence[Token], start: int, end: int) -> float:
    """Return the product of the probabilities of the tokens in a part of the text."""
    chance, first = 1.0, 0
    for token in tokens:
        last = first + len(token.text)
        if first < end and start < last:
            chance *= token.probability
        first = last
    return chance

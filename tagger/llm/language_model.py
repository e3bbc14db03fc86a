"""Ask a model several questions at once: from the cache, else from the server within the budget, with retries."""

import json
import logging
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import httpx

from index.libraries.http_retries import Deadline, Retries, Tries
from index.messages import Message
from tagger.llm.answer_cache import AnswerCache, digest
from tagger.llm.budget import Budget, Reservation
from tagger.llm.endpoint import AGAIN, Connection, Endpoint
from tagger.llm.question import VERSION, Question, most_tokens_read
from tagger.llm.reading import ReadAnswer, Unreadable, read_answer, read_completion, usage_of

log = logging.getLogger(__name__)

_OK: Final = 200
# The server may know no schemas, no token probabilities or no JSON mode. The forms are tried in this order.
_OTHER_FORM: Final = frozenset({400, 404, 415, 422, 501})
_FORMS: Final = ("schema and probabilities", "schema", "json", "text")
# After such an answer the model may have written, and the provider may count it.
_MAY_COST: Final = frozenset({500, 502, 504})
# After so many questions in a row without an answer, the server is left alone for a while.
_FAILURES, _REST_S = 5, 60.0
_NOTHING_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


# What decides on the cost of a request, or on the form of its answer.
RESERVED: Final = frozenset({"model", "messages", "stream", "n", "best_of", "max_tokens", "max_completion_tokens"})
LimitName = Literal["max_tokens", "max_completion_tokens"]


@dataclass(frozen=True)
class Limits:
    """Bounds of the work: tokens of an answer, seconds for a question, retries within them, requests at a time."""

    max_tokens: int = 400
    wait_s: float = 60.0
    retries: int = 3
    concurrency: int = 4


@dataclass(frozen=True)
class Model:
    """The name of a model, and further parameters of its requests.

    `limit` is the name under which it takes the number of tokens that an answer may have.
    """

    name: str
    limit: LimitName = "max_tokens"
    parameters: Mapping[str, Any] = field(default_factory=dict)


class LanguageModel:
    """A model behind an endpoint, with its budget and its cache. Thread-safe.

    A question without an answer gets a message that says why; nothing is raised for what a server does.
    """

    def __init__(self, endpoint: Endpoint, model: Model, budget: Budget, cache: AnswerCache, limits: Limits) -> None:
        self._endpoint = endpoint
        self._model = model
        self._budget = budget
        self._cache = cache
        self._limits = limits
        self._form = 0
        self._failures = 0
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def known(self, questions: Sequence[Question]) -> list[ReadAnswer | None]:
        """Return the answers that the cache has, which cost nothing."""
        keys = [self._key(each) for each in questions]
        found = self._cache.get(keys)
        return [_from_json(found[key]) if key in found else None for key in keys]

    def answer(self, questions: Sequence[Question], products: Sequence[str]) -> list[ReadAnswer | Message]:
        """Return the answer to each question, or why there is none.

        `products` are the texts that the questions are about, under which answers can be forgotten. Equal questions
        are asked once.
        """
        distinct = dict(zip(map(self._key, questions), zip(questions, products, strict=True), strict=True))
        if not distinct:
            return []
        most = self._limits.concurrency
        with (
            self._cache.held_open(),
            self._endpoint.connected(most) as connection,
            ThreadPoolExecutor(most, "tagweave-llm") as threads,
        ):
            asked = {key: threads.submit(self._answer, connection, key, *each) for key, each in distinct.items()}
            return [asked[self._key(each)].result() for each in questions]

    def _key(self, question: Question) -> str:
        parameters = [self._model.name, self._model.parameters, self._limits.max_tokens]
        return digest([VERSION, parameters, question.task, question.messages()])

    def _answer(self, connection: Connection, key: str, question: Question, product: str) -> ReadAnswer | Message:
        # Another process may have asked meanwhile.
        if key in (found := self._cache.get([key])):
            return _from_json(found[key])
        if time.monotonic() < self._rests_until:
            return Message("llm.resting", seconds=_REST_S)
        content = self._request(connection, question)
        if isinstance(content, Message):
            return content
        try:
            answer = read_answer(question, read_completion(content))
        except Unreadable as error:
            return error.reason
        self._cache.put(key, digest(product), _as_json(answer))
        return answer

    def _request(self, connection: Connection, question: Question) -> bytes | Message:
        """Return the body of the server's answer, or why there is none."""
        tries = Tries(Retries(self._limits.retries), Deadline.after(self._limits.wait_s), again=AGAIN)
        form = self._form
        while (reserved := self._reserve(question)) is not None:
            answer, problem = self._post(connection, self._body(question, form), tries.deadline, reserved)
            if answer is not None and answer.status_code == _OK:
                self._note(form)
                return answer.content
            if answer is not None and answer.status_code in _OTHER_FORM and form + 1 < len(_FORMS):
                form += 1
                continue
            pause = tries.pause(answer)
            if pause is None:
                self._note_failure()
                return problem
            time.sleep(pause)
        return Message("llm.budget")

    def _reserve(self, question: Question) -> Reservation | None:
        read = most_tokens_read(question.messages(), question.schema())
        return self._budget.reserve(read, self._limits.max_tokens)

    def _post(
        self, connection: Connection, body: Mapping[str, Any], deadline: Deadline, reserved: Reservation
    ) -> tuple[httpx.Response | None, Message]:
        """Send one request and settle its cost; return the answer, if any, and what is wrong otherwise."""
        try:
            answer = connection.post(body, deadline)
        except httpx.RequestError as error:
            if isinstance(error, _NOTHING_SENT):
                self._budget.release(reserved)
            else:
                self._budget.settle(reserved, None)
            return None, Message("llm.unreachable", reason=_one_line(error))
        if answer.status_code == _OK:
            self._budget.settle(reserved, _usage(answer.content))
        elif answer.status_code in _MAY_COST:
            self._budget.settle(reserved, None)
        else:
            self._budget.release(reserved)
        return answer, Message("llm.status", status=answer.status_code)

    def _body(self, question: Question, form: int) -> dict[str, Any]:
        body: dict[str, Any] = {
            "model": self._model.name,
            "messages": question.messages(),
            self._model.limit: self._limits.max_tokens,
            "temperature": 0,
            "stream": False,
        }
        if form <= 1:
            schema = {"name": "tags", "strict": True, "schema": question.schema()}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif form == 2:
            body["response_format"] = {"type": "json_object"}
        if form == 0:
            body |= {"logprobs": True, "top_logprobs": 5}
        return body | dict(self._model.parameters)

    def _note(self, form: int) -> None:
        with self._lock:
            if form != self._form:
                log.info("the server takes no %s; it is asked for: %s", _FORMS[self._form], _FORMS[form])
            self._form, self._failures = form, 0

    def _note_failure(self) -> None:
        with self._lock:
            self._failures += 1
            if self._failures >= _FAILURES:
                self._failures, self._rests_until = 0, time.monotonic() + _REST_S


def _one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _usage(content: bytes) -> tuple[int, int] | None:
    try:
        return usage_of(json.loads(content))
    except (ValueError, RecursionError):
        return None


def _as_json(answer: ReadAnswer) -> dict[str, Any]:
    return {"scores": {str(place): score for place, score in answer.scores.items()}, "new": list(answer.new)}


def _from_json(value: Mapping[str, Any]) -> ReadAnswer:
    return ReadAnswer({int(place): score for place, score in value["scores"].items()}, tuple(value["new"]))

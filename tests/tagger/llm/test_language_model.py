"""A model behind a real HTTP server that misbehaves: everything is handled, nothing is lost, the budget is kept."""

import json
import math
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.errors import StaleArtifact
from index.messages import Message
from tagger.llm import language_model
from tagger.llm.answer_cache import AnswerCache, forget_answers
from tagger.llm.budget import AskedShare, Budget, Prices, connect
from tagger.llm.endpoint import Endpoint
from tagger.llm.language_model import LanguageModel, Limits, Model
from tagger.llm.question import Question, Similar, most_tokens_read
from tagger.llm.reading import ReadAnswer
from tests.tagger.scripted_llm import Reply, ScriptedModel, asked

ROOT = Path(__file__).resolve().parents[3]
RIGHT = Reply('{"tags": [2, 1], "new": []}')
READ = ReadAnswer({1: 1.0, 0: 0.75}, ())

Ask = Callable[..., LanguageModel]


@pytest.fixture(autouse=True)
def _proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    # A server on this machine is not asked through the proxy.
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(lambda body, number: RIGHT) as server:
        yield server


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "llm.sqlite"


def question(title: str = "Blue mug", task: str = "choose", candidates: tuple[str, ...] = ("mug", "blue", "shoe")):
    return Question(task, title, "for tea", [Similar("Red mug", ["mug", "red"])], candidates)


def budget(ledger: Path, tokens: int = 0, money: float = 0.0, prices: Prices | None = None) -> Budget:
    return Budget(ledger, prices or Prices(), tokens=tokens, money=money)


def asking(server: ScriptedModel, ledger: Path, of: Budget | None = None, **limits) -> LanguageModel:
    limits = {"wait_s": 5.0, "retries": 2, "max_tokens": 50, **limits}
    url = server.url if isinstance(server, ScriptedModel) else server
    return LanguageModel(
        Endpoint(url, "sk-key"), Model("m"), of or budget(ledger), AnswerCache(ledger), Limits(**limits)
    )


def one(server, ledger, of=None, asked: Question | None = None, **limits) -> ReadAnswer | Message:
    [answer] = asking(server, ledger, of, **limits).answer([asked or question()], ["text"])
    return answer


def bound(asked: Question) -> int:
    return most_tokens_read(asked.messages(), asked.schema()) + 50


def test_an_answer_is_read_and_the_question_is_asked_once(model: ScriptedModel, ledger: Path) -> None:
    assert one(model, ledger) == READ
    assert one(model, ledger) == READ
    assert len(model.requests) == 1
    assert model.requests[0]["response_format"]["json_schema"]["schema"]["required"] == ["tags", "new"]
    assert model.headers[0]["Authorization"] == "Bearer sk-key"
    assert budget(ledger).spent().tokens == model.tokens


def test_equal_questions_are_asked_once_and_concurrency_is_bounded(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: Reply(RIGHT.text, wait_s=0.05)
    questions = [question(f"mug {number % 6}") for number in range(12)]
    assert asking(model, ledger, concurrency=3).answer(questions, ["t"] * 12) == [READ] * 12
    assert len(model.requests) == 6
    assert model.most_at_once == 3


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (Reply("I think the mug is blue"), "llm.other-form"),
        (Reply('{"tags": "all"}'), "llm.other-form"),
        (Reply('{"tags": [1, 2'), "llm.other-form"),
        (Reply('{"tags": [1, 2', finish="length"), "llm.cut"),
        (Reply("1, 2, 1", finish="length"), "llm.cut"),
        (Reply('{"tags": [17, 99], "new": []}'), "llm.other-tags"),
        (Reply('{"tags": ["mug"], "new": []}'), "llm.other-tags"),
        (Reply("", refusal="I can't help with that"), "llm.refused"),
        (Reply("", finish="content_filter"), "llm.refused"),
        (Reply("  "), "llm.empty"),
        (Reply(body=b"<html>busy</html>"), "llm.no-completion"),
        (Reply(body=b'{"choices": []}'), "llm.no-completion"),
        (Reply(body=b"[" * 100_000), "llm.no-completion"),
        (Reply(status=401), "llm.status"),
        (Reply(status=307, headers={"Location": "http://127.0.0.1:9/"}), "llm.status"),
    ],
)
def test_a_bad_answer_is_told_and_asked_again_the_next_time(
    model: ScriptedModel, ledger: Path, reply: Reply, code: str
) -> None:
    model.script = lambda body, number: reply
    answer = one(model, ledger)
    assert isinstance(answer, Message)
    assert answer.code == code
    assert answer.known
    model.script = lambda body, number: RIGHT
    assert one(model, ledger) == READ


@pytest.mark.parametrize(
    "text",
    [
        '```json\n{"tags": [2, 1], "new": []}\n```',
        "2, 1",
        "[2, 1]",
        '<think>2 is a colour {"tags": [3]}</think>\n{"tags": [2, 1]}',
        '{"tags": [2, 99, 1, 2, true], "new": "none"}',
    ],
)
def test_other_writings_of_the_same_answer_are_read(model: ScriptedModel, ledger: Path, text: str) -> None:
    model.script = lambda body, number: Reply(text)
    assert one(model, ledger) == READ


def test_written_tags_are_bounded(model: ScriptedModel, ledger: Path) -> None:
    new = ["tea", "tea", " ", "x" * 61, 3, *(f"t{number}" for number in range(9))]
    model.script = lambda body, number: Reply(json.dumps({"tags": [], "new": new}))
    answer = one(model, ledger)
    assert answer == ReadAnswer({}, ("tea", "t0", "t1", "t2", "t3"))


def test_probabilities_of_tokens_become_scores(model: ScriptedModel, ledger: Path) -> None:
    tokens = (('{"', 0.0, {}), ("tags", 0.0, {}), ('": [', 0.0, {}), ("2", math.log(0.8), {}), (", ", 0.0, {}))
    tokens += (("1", math.log(0.4), {}), ('], "new": []}', 0.0, {}), ("<|end|>", 0.0, {}))
    model.script = lambda body, number: Reply(RIGHT.text, tokens=tokens)
    answer = one(model, ledger)
    assert isinstance(answer, ReadAnswer)
    assert answer.scores == pytest.approx({1: 0.8, 0: 0.4})


def test_a_judge_says_yes_or_no_with_a_probability(model: ScriptedModel, ledger: Path) -> None:
    tokens = (('{"1": "', 0.0, {}), ("yes", math.log(0.6), {"yes": math.log(0.6), "no": math.log(0.2)}))
    tokens += (
        ('", "2": ', 0.0, {}),
        ('"no', math.log(0.9), {'"yes': math.log(0.1), '"no': math.log(0.9)}),
        ('"}', 0.0, {}),
    )
    model.script = lambda body, number: Reply('{"1": "yes", "2": "no"}', tokens=tokens)
    answer = one(model, ledger, asked=question(task="judge"))
    assert isinstance(answer, ReadAnswer)
    # The third candidate has no answer and so no score. 0.6 / (0.6 + 0.2) = 0.75.
    assert answer.scores == pytest.approx({0: 0.75, 1: 0.1})
    schema = model.requests[0]["response_format"]["json_schema"]["schema"]
    assert schema["required"] == ["1", "2", "3"]


def test_a_judge_without_probabilities_says_one_or_zero(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: Reply('{"1": "Yes", "2": "no", "9": "yes", "3": "perhaps"}')
    assert one(model, ledger, asked=question(task="judge")) == ReadAnswer({0: 1.0, 1: 0.0}, ())


def test_a_server_without_schemas_is_asked_in_plainer_forms(model: ScriptedModel, ledger: Path) -> None:
    def only_text(body, number):
        return Reply(status=400) if "response_format" in body else RIGHT

    model.script = only_text
    asked = asking(model, ledger)
    assert asked.answer([question()], ["t"]) == [READ]
    assert [body.get("response_format", {}).get("type") for body in model.requests] == [
        "json_schema",
        "json_schema",
        "json_object",
        None,
    ]
    assert asked.answer([question("Red mug")], ["t"]) == [READ]
    assert len(model.requests) == 5, "the form is remembered"
    assert budget(ledger).spent().tokens == model.tokens, "what was refused costs nothing"


def test_a_busy_server_is_asked_again_after_the_time_it_asks_for(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: RIGHT if number else Reply(status=429, headers={"Retry-After": "1"})
    begun = time.monotonic()
    assert one(model, ledger) == READ
    assert time.monotonic() - begun >= 1
    assert budget(ledger).spent().tokens == model.tokens


def test_a_server_that_is_busy_for_too_long_is_not_waited_for(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: Reply(status=429, headers={"Retry-After": "60"})
    begun = time.monotonic()
    answer = one(model, ledger)
    assert isinstance(answer, Message)
    assert answer.params == {"status": 429}
    assert time.monotonic() - begun < 2
    assert budget(ledger).spent().tokens == 0


@pytest.mark.parametrize("reply", [Reply(RIGHT.text, wait_s=1.5), Reply(RIGHT.text, drip_s=0.05)])
def test_a_slow_server_is_left_at_the_deadline_and_its_answer_counts_as_spent(
    model: ScriptedModel, ledger: Path, reply: Reply
) -> None:
    model.script = lambda body, number: reply
    begun = time.monotonic()
    answer = one(model, ledger, wait_s=0.5)
    assert isinstance(answer, Message)
    assert answer.code == "llm.unreachable"
    assert time.monotonic() - begun < 1.4
    assert budget(ledger).spent().tokens == bound(question())


def test_a_connection_that_is_cut_is_made_again_and_both_count(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: RIGHT if number else Reply(RIGHT.text, cut=True, usage=False)
    assert one(model, ledger) == READ
    assert budget(ledger).spent().tokens == model.tokens + bound(question())


def test_a_huge_answer_is_not_read_to_its_end(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: Reply(body=b" " * (8 << 20))
    answer = one(model, ledger, retries=0)
    assert isinstance(answer, Message)
    assert "AnswerTooLarge" in str(answer)


def test_a_server_that_is_down_costs_nothing_and_is_left_alone_after_five_failures(ledger: Path) -> None:
    asked = asking("http://127.0.0.1:9/v1", ledger, retries=0, concurrency=1)
    answers = asked.answer([question(f"mug {number}") for number in range(8)], ["t"] * 8)
    assert [answer.code for answer in answers] == ["llm.unreachable"] * 5 + ["llm.resting"] * 3
    assert budget(ledger).spent().tokens == 0


def test_an_answer_without_usage_counts_as_the_most_it_may_have_cost(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: Reply(RIGHT.text, usage=False)
    assert one(model, ledger) == READ
    assert budget(ledger).spent().tokens == bound(question())


def test_the_budget_is_kept_to_the_token_by_many_at_once(model: ScriptedModel, ledger: Path) -> None:
    questions = [question(f"mug {number:02}") for number in range(30)]
    worst = bound(questions[0])
    tokens = worst + 1800
    answers: list[ReadAnswer | Message] = []

    def part(first: int) -> None:
        mine = questions[first::3]
        answers.extend(asking(model, ledger, budget(ledger, tokens), concurrency=4).answer(mine, ["t"] * len(mine)))

    threads = [threading.Thread(target=part, args=(first,)) for first in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refused = [answer for answer in answers if isinstance(answer, Message)]
    assert {answer.code for answer in refused} == {"llm.budget"}
    assert 0 < len(answers) - len(refused) < 30
    spent = budget(ledger).spent().tokens
    assert spent == model.tokens <= tokens
    # Whatever came last found less left than a question may cost: another instance, after a restart, finds the same.
    while isinstance(one(model, ledger, budget(ledger, tokens), question(f"{time.time_ns()} mug")), ReadAnswer):
        pass
    assert tokens - worst < budget(ledger).spent().tokens == model.tokens <= tokens


def test_the_budget_in_money_is_kept_in_whole_numbers(ledger: Path) -> None:
    prices = Prices(read=0.1, written=0.3)
    of = budget(ledger, money=0.00007, prices=prices)
    # 100 tokens read and 100 written cost 0.00001 + 0.00003.
    first = of.reserve(100, 100)
    assert first is not None
    assert of.spent().money == pytest.approx(0.00004)
    assert of.reserve(100, 100) is None
    of.settle(first, (100, 10))
    assert of.spent().money == pytest.approx(0.000013)
    assert of.reserve(100, 100) is not None
    # 0.000013 + 0.00004 = 0.000053; the rest is 0.000017: exactly 20 read and 50 written.
    assert of.reserve(20, 51) is None
    assert of.reserve(20, 50) is not None
    assert of.spent().money == 0.00007


def test_what_a_killed_process_reserved_stays_spent(ledger: Path) -> None:
    assert budget(ledger, 100).reserve(60, 10)
    assert budget(ledger, 100).spent().tokens == 70
    assert budget(ledger, 100).reserve(30, 1) is None


KILLED = """
import sys, pathlib
from tests.tagger.llm.test_language_model import asking, question
asking(sys.argv[1], pathlib.Path(sys.argv[2]), wait_s=60.0).answer(
    [question(f"mug {number}") for number in range(8)], ["text"] * 8
)
"""


def test_a_kill_loses_no_answer_and_forgets_no_spending(model: ScriptedModel, ledger: Path) -> None:
    model.script = lambda body, number: RIGHT if number < 3 else Reply(RIGHT.text, wait_s=60.0)
    command = [sys.executable, "-c", KILLED, model.url, str(ledger)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        # Three questions are answered, and four wait for their answers.
        until = time.monotonic() + 60
        while len(model.requests) < 7 and time.monotonic() < until:
            time.sleep(0.02)
        process.kill()
    assert len(model.requests) == 7
    titles = [f"mug {number}" for number in range(8)]
    known = asking(model, ledger).known(list(map(question, titles)))
    answered = {asked(body)["product"]["title"] for body in model.requests[:3]}
    assert {title for title, answer in zip(titles, known, strict=True) if answer == READ} == answered
    assert budget(ledger).spent().tokens == model.tokens + 4 * bound(question("mug 3"))


def test_a_damaged_ledger_is_no_reason_to_spend_again(model: ScriptedModel, ledger: Path) -> None:
    ledger.parent.mkdir()
    ledger.write_bytes(b"nothing that SQLite knows" * 40)
    with pytest.raises(StaleArtifact, match=r"llm\.sqlite"):
        one(model, ledger)
    assert model.requests == []


def test_a_share_is_never_passed(ledger: Path) -> None:
    share = AskedShare(ledger, 0.2)
    assert share.admit(4, 4) == 0
    assert share.admit(1, 1) == 1
    assert share.admit(100, 50) == 20
    assert AskedShare(ledger, 0.2).admit(5, 5) == 1, "it is kept on disk"
    assert AskedShare(ledger, 0.29).admit(-10, 9) == 7, "100 products x 0.29 = 29; 22 of them were asked about"


def test_answers_about_a_product_are_forgotten(model: ScriptedModel, ledger: Path) -> None:
    asked = asking(model, ledger)
    asked.answer([question("one"), question("two")], ["text of one", "text of two"])
    forget_answers(ledger, ["text of one"])
    assert asked.known([question("one"), question("two")]) == [None, READ]
    with connect(ledger) as rows:
        assert rows.execute("select count(*) from answers").fetchone() == (1,)


def test_no_message_shows_the_key(ledger: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    answer = one("http://127.0.0.1:9/v1", ledger, retries=1)
    assert isinstance(answer, Message)
    assert "sk-key" not in str(answer) + caplog.text
    assert language_model.log.name == "tagger.llm.language_model"

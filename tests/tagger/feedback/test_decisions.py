import csv
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.catalogue.decision import DecisionDraft
from index.errors import BadInput, StoreLocked
from index.product import Product
from index.store import Store
from tagger.feedback.decisions import DecisionService
from tagger.feedback.user_input import reviewer_name
from tagger.vocabulary import Entry, Vocabulary

MUG = Product("mug", "Steel mug", "a gift", "en", ("fridges", "mug"))
VOCABULARY = Vocabulary([Entry("refrigerator", "kind", {"en": ("refrigerator", "fridges"), "zh": ("冰箱",)})])


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert([MUG])
    return store


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def feedback(store: Store, told: list[str]) -> DecisionService:
    return DecisionService(store, lambda: VOCABULARY, told.append)


def test_a_decision_is_recorded_and_its_text_made_known(
    feedback: DecisionService, store: Store, told: list[str]
) -> None:
    made = feedback.decide("accept", feedback.product("mug"), "gift", " Ann\u202e ")
    assert (made.tag, made.by, told) == ("gift", "Ann", ["Steel mug\na gift"])
    assert feedback.product("mug").tags == ("fridges", "mug", "gift")
    assert feedback.history("mug") == feedback.all() == store.decisions.all() == [made]


def test_a_tag_goes_by_its_own_name_or_the_one_that_the_product_has_it_by(feedback: DecisionService) -> None:
    assert feedback.decide("remove", feedback.product("mug"), "冰箱", "Ann").tag == "fridges"
    assert feedback.product("mug").tags == ("mug",)
    assert feedback.decide("add", feedback.product("mug"), "冰箱", "Ann").tag == "refrigerator"


def test_what_was_decided_as_one_is_undone_alone_or_together(feedback: DecisionService, store: Store) -> None:
    made = store.decisions.decide([DecisionDraft("add", MUG, tag) for tag in "abc"])
    assert [each.number for each in feedback.undo(made[1].number, "Ben")] == [2]
    assert feedback.product("mug").tags == (*MUG.tags, "a", "c")
    [batch] = feedback.batches(5)
    assert (batch.number, batch.kind, batch.decisions, batch.active) == (1, "add", 3, 2)
    assert [each.number for each in feedback.undo(made[2].number, "Ben", together=True)] == [1, 3]
    assert feedback.product("mug").tags == MUG.tags
    for together in (True, False):
        with pytest.raises(BadInput, match="decision 1 was already undone by Ben"):
            feedback.undo(1, "Ann", together=together)
        with pytest.raises(BadInput, match="no decision 99"):
            feedback.undo(99, "Ann", together=together)


@pytest.mark.parametrize(
    ("kind", "tag", "by", "line"),
    [
        ("accept", " \u200b", "Ann", "the tag is empty"),
        ("accept", "x" * 201, "Ann", "the tag has more than 200 characters"),
        ("accept", "red", "x" * 81, "the name has more than 80 characters"),
        ("praise", "red", "Ann", "a decision must be one of: accept, reject, add, remove"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(
    feedback: DecisionService, kind: str, tag: str, by: str, line: str
) -> None:
    with pytest.raises(BadInput, match=line):
        feedback.decide(kind, MUG, tag, by)  # type: ignore[arg-type]
    assert feedback.all() == []
    assert feedback.product("mug") == MUG


def test_what_is_not_there_is_said(feedback: DecisionService) -> None:
    with pytest.raises(BadInput, match="this product is no longer in the catalogue"):
        feedback.product("<b>")
    with pytest.raises(BadInput, match="the text is empty"):
        feedback.text(" ", "<br>")
    assert reviewer_name("") == "anonymous"


def test_while_another_process_writes_a_decision_is_refused(feedback: DecisionService, store: Store) -> None:
    with Store.writer(store.folder), pytest.raises(StoreLocked, match="another process is writing"):
        feedback.decide("accept", MUG, "gift", "Ann")


def test_decisions_of_many_threads_are_all_kept(feedback: DecisionService) -> None:
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda n: feedback.decide("add", MUG, f"tag {n}", "Ann"), range(12)))
    assert sorted(each.number for each in made) == list(range(1, 13))
    assert set(feedback.product("mug").tags) == {*MUG.tags, *(f"tag {n}" for n in range(12))}


def test_all_decisions_are_exported_and_no_cell_is_a_formula(feedback: DecisionService) -> None:
    feedback.decide("add", MUG, "=1+1", "@Ann")
    feedback.undo(1, "-Ben")
    feedback.decide("reject", feedback.text("+text", "<script>"), "冰箱", "")
    path = feedback.export("decisions.csv")
    first, second = csv.DictReader(path.read_text("utf-8").splitlines())
    path.unlink()
    assert (first["tag"], first["by"], first["undone_by"]) == ("'=1+1", "'@Ann", "'-Ben")
    assert (second["title"], second["tag"], second["by"], second["undone_at"]) == (
        "'+text",
        "refrigerator",
        "anonymous",
        "",
    )
    path = feedback.export("decisions.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.unlink()
    assert lines[0]["tag"] == "=1+1"
    assert lines[0]["at"].endswith("+00:00")
    with pytest.raises(BadInput, match=r"available: decisions\.csv, decisions\.jsonl"):
        feedback.export("../secrets")

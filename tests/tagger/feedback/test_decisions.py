import csv
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.catalogue.decision import Judgement
from index.errors import BadInput, StoreLocked
from index.product import Product
from index.store import Store
from tagger.feedback.decisions import DecisionService
from tagger.feedback.user_input import signed
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
def desk(store: Store, told: list[str]) -> DecisionService:
    return DecisionService(store, lambda: VOCABULARY, told.append)


def test_a_decision_is_recorded_and_its_text_made_known(desk: DecisionService, store: Store, told: list[str]) -> None:
    made = desk.decide("accept", desk.product("mug"), "gift", " Ann\u202e ")
    assert (made.tag, made.by, told) == ("gift", "Ann", ["Steel mug\na gift"])
    assert desk.product("mug").tags == ("fridges", "mug", "gift")
    assert desk.history("mug") == desk.all() == store.decisions.all() == [made]


def test_a_tag_goes_by_its_own_name_or_the_one_that_the_product_has_it_by(desk: DecisionService) -> None:
    assert desk.decide("remove", desk.product("mug"), "冰箱", "Ann").tag == "fridges"
    assert desk.product("mug").tags == ("mug",)
    assert desk.decide("add", desk.product("mug"), "冰箱", "Ann").tag == "refrigerator"


def test_what_was_decided_as_one_is_undone_alone_or_together(desk: DecisionService, store: Store) -> None:
    made = store.decisions.decide([Judgement("add", MUG, tag) for tag in "abc"])
    assert [each.number for each in desk.undo(made[1].number, "Ben")] == [2]
    assert desk.product("mug").tags == (*MUG.tags, "a", "c")
    [batch] = desk.batches(5)
    assert (batch.number, batch.kind, batch.decisions, batch.in_force) == (1, "add", 3, 2)
    assert [each.number for each in desk.undo(made[2].number, "Ben", together=True)] == [1, 3]
    assert desk.product("mug").tags == MUG.tags
    for together in (True, False):
        with pytest.raises(BadInput, match="decision 1 was undone already, by Ben"):
            desk.undo(1, "Ann", together=together)
        with pytest.raises(BadInput, match="there is no decision 99"):
            desk.undo(99, "Ann", together=together)


@pytest.mark.parametrize(
    ("kind", "tag", "by", "line"),
    [
        ("accept", " \u200b", "Ann", "the tag is empty"),
        ("accept", "x" * 201, "Ann", "the tag has more than 200 characters"),
        ("accept", "red", "x" * 81, "the name has more than 80 characters"),
        ("praise", "red", "Ann", "a decision is one of: accept, reject, add, remove"),
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(
    desk: DecisionService, kind: str, tag: str, by: str, line: str
) -> None:
    with pytest.raises(BadInput, match=line):
        desk.decide(kind, MUG, tag, by)  # type: ignore[arg-type]
    assert desk.all() == []
    assert desk.product("mug") == MUG


def test_what_is_not_there_is_said(desk: DecisionService) -> None:
    with pytest.raises(BadInput, match="there is no product of this id"):
        desk.product("<b>")
    with pytest.raises(BadInput, match="the text is empty"):
        desk.text(" ", "<br>")
    assert signed("") == "anonymous"


def test_while_another_process_writes_a_decision_is_refused(desk: DecisionService, store: Store) -> None:
    with Store.writer(store.folder), pytest.raises(StoreLocked, match="another process is writing"):
        desk.decide("accept", MUG, "gift", "Ann")


def test_decisions_of_many_threads_are_all_kept(desk: DecisionService) -> None:
    with ThreadPoolExecutor(6) as threads:
        made = list(threads.map(lambda n: desk.decide("add", MUG, f"tag {n}", "Ann"), range(12)))
    assert sorted(each.number for each in made) == list(range(1, 13))
    assert set(desk.product("mug").tags) == {*MUG.tags, *(f"tag {n}" for n in range(12))}


def test_all_decisions_are_exported_and_no_cell_is_a_formula(desk: DecisionService) -> None:
    desk.decide("add", MUG, "=1+1", "@Ann")
    desk.undo(1, "-Ben")
    desk.decide("reject", desk.text("+text", "<script>"), "冰箱", "")
    path = desk.exported("decisions.csv")
    first, second = csv.DictReader(path.read_text("utf-8").splitlines())
    path.unlink()
    assert (first["tag"], first["by"], first["undone_by"]) == ("'=1+1", "'@Ann", "'-Ben")
    assert (second["title"], second["tag"], second["by"], second["undone_at"]) == (
        "'+text",
        "refrigerator",
        "anonymous",
        "",
    )
    path = desk.exported("decisions.jsonl")
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    path.unlink()
    assert lines[0]["tag"] == "=1+1"
    assert lines[0]["at"].endswith("+00:00")
    with pytest.raises(BadInput, match=r"there are: decisions\.csv, decisions\.jsonl"):
        desk.exported("../secrets")

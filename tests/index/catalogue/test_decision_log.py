import random
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.catalogue.decision import Decision, DecisionDraft, Kind, make_batch, result, without
from index.catalogue.decision_log import DecisionLog
from index.catalogue.query import Query
from index.catalogue.text_search.ngram_index import rebuild
from index.errors import BadInput
from index.product import Product

Start = Callable[..., "subprocess.Popen[str]"]

MUG = Product("mug", "Steel mug", "a gift", "en", ("steel", "mug", "gift"))
FRIDGE = Product("fridge", "双门冰箱", "", "zh")


@pytest.fixture
def log(catalogue: Catalogue, tmp_path: Path) -> DecisionLog:
    catalogue.upsert([MUG, FRIDGE])
    return DecisionLog(Database(tmp_path / "catalogue.duckdb"))


def judge(log: DecisionLog, kind: Kind, tag: str, product: Product = MUG, by: str = "Ann") -> Decision:
    [made] = log.decide([DecisionDraft(kind, product, tag, by)])
    return made


def tags(catalogue: Catalogue, product: Product = MUG) -> tuple[str, ...]:
    [found] = catalogue.get([product.id])
    return found.tags


def found(catalogue: Catalogue, text: str) -> list[str]:
    return [product.id for product in catalogue.page(Query(text)).products]


def test_a_store_of_before_has_no_decisions(log: DecisionLog) -> None:
    assert (log.all(), log.active(), log.of("mug"), log.version()) == ([], [], [], (0, 0))
    assert log.decide([]) == []
    with pytest.raises(BadInput, match="no decision 1"):
        log.undo([1], "Ann")


def test_a_decision_says_what_when_and_who(log: DecisionLog) -> None:
    before = datetime.now(UTC)
    made = judge(log, "add", "cup")
    assert before <= made.at <= datetime.now(UTC)
    assert made == Decision(1, 1, "add", "mug", "Steel mug", "a gift", "cup", "Ann", made.at, MUG.tags)
    assert log.all() == log.active() == log.of("mug") == [made]


def test_a_decision_changes_the_stored_tags_and_undoing_it_puts_them_back_in_their_places(
    log: DecisionLog, catalogue: Catalogue
) -> None:
    removed = judge(log, "remove", "steel")
    assert tags(catalogue) == ("mug", "gift")
    added = judge(log, "accept", "red")
    assert tags(catalogue) == ("mug", "gift", "red")
    rejected = judge(log, "reject", "cup")
    assert tags(catalogue) == ("mug", "gift", "red")
    log.undo([removed.number], "Ben")
    assert tags(catalogue) == ("steel", "mug", "gift", "red")
    log.undo([added.number, rejected.number], "Ben")
    assert tags(catalogue) == MUG.tags


def test_what_is_undone_stays_in_the_record(log: DecisionLog) -> None:
    made = judge(log, "accept", "cup")
    [undone] = log.undo([made.number], "Ben")
    assert (undone.number, undone.undone_by) == (made.number, "Ben")
    assert undone.undone_at is not None
    assert undone.undone_at >= made.at
    assert log.all() == [undone]
    assert log.active() == []
    with pytest.raises(BadInput, match="decision 1 was already undone by Ben"):
        log.undo([made.number], "Ann")


def test_the_version_changes_with_every_decision_and_every_undoing(log: DecisionLog) -> None:
    versions = [log.version()]
    made = judge(log, "accept", "cup")
    versions.append(log.version())
    log.undo([made.number], "Ben")
    versions.append(log.version())
    assert len(set(versions)) == 3


def test_the_edition_of_the_products_is_that_of_before_after_a_decision(log: DecisionLog, catalogue: Catalogue) -> None:
    edition = catalogue.edition()
    judge(log, "accept", "cup")
    assert catalogue.edition() == edition
    catalogue.upsert([MUG])
    assert catalogue.edition() != edition


def test_a_product_is_found_by_the_tags_that_it_has_now(log: DecisionLog, catalogue: Catalogue) -> None:
    assert found(catalogue, "gift") == ["mug"]
    made = [judge(log, "add", "红色"), judge(log, "add", "crimson red"), judge(log, "remove", "steel")]
    assert found(catalogue, "红色") == found(catalogue, "crimson") == found(catalogue, "steel mug") == ["mug"]
    log.undo([each.number for each in made], "Ann")
    assert found(catalogue, "红色") == found(catalogue, "crimson") == []
    again = judge(log, "add", "红色")
    assert found(catalogue, "红色") == ["mug"]
    log.undo([again.number], "Ann")
    assert found(catalogue, "红色") == []


def test_after_many_changes_the_terms_are_those_of_a_table_made_anew(
    log: DecisionLog, catalogue: Catalogue, tmp_path: Path
) -> None:
    random.seed(5)
    for _ in range(20):
        kind: Kind = random.choice(["add", "remove"])
        judge(
            log, kind, random.choice(["红色", "大红色", "redder", "red", "gift", "steel"]), random.choice([MUG, FRIDGE])
        )
    sql = "SELECT term, n FROM (SELECT term, unnest(numbers) AS n FROM terms) ORDER BY ALL"
    with duckdb.connect(str(tmp_path / "catalogue.duckdb")) as connection:
        kept = connection.execute(sql).fetchall()
        rebuild(connection)
        assert connection.execute(sql).fetchall() == kept


def test_a_product_keeps_its_place_among_the_newest(log: DecisionLog, catalogue: Catalogue) -> None:
    assert [product.id for product in catalogue.page(Query()).products] == ["fridge", "mug"]
    judge(log, "add", "cup")
    assert [product.id for product in catalogue.page(Query()).products] == ["fridge", "mug"]


def test_a_text_that_is_in_no_catalogue_can_be_decided_on_too(log: DecisionLog, catalogue: Catalogue) -> None:
    jug = Product("jug", "Glass jug", "", "en")
    made = judge(log, "accept", "jug", jug)
    assert made.before is None
    assert made.text == "Glass jug"
    log.undo([made.number], "Ann")
    assert catalogue.get(["jug"]) == []


def test_judgements_of_one_batch_are_recorded_together_or_not_at_all(log: DecisionLog, catalogue: Catalogue) -> None:
    made = log.decide([DecisionDraft("add", MUG, "sale"), DecisionDraft("add", FRIDGE, "sale", "Ann")])
    assert [each.batch for each in made] == [1, 1]
    assert [each.by for each in made] == ["anonymous", "Ann"]
    assert tags(catalogue, FRIDGE) == ("sale",)
    assert log.batch_of(2) == made
    with pytest.raises(BadInput, match="no decision 9"):
        log.undo([1, 9], "Ann")
    assert tags(catalogue, FRIDGE) == ("sale",)
    log.undo([1, 2], "Ann")
    assert (tags(catalogue), tags(catalogue, FRIDGE)) == (MUG.tags, ())


KINDS = st.sampled_from(["accept", "reject", "add", "remove"])
STEPS = st.lists(st.tuples(KINDS, st.sampled_from("abcd")), max_size=8)


@given(STEPS, st.sets(st.integers(1, 8)), st.lists(st.sampled_from("abcd"), unique=True).map(tuple))
def test_without_some_decisions_the_tags_are_as_if_these_had_never_been_made(
    steps: list[tuple[Kind, str]], gone: set[int], tags: tuple[str, ...]
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    product = Product("p", "mug", "", "en", tags)
    made = make_batch([DecisionDraft(kind, product, tag) for kind, tag in steps], 1, at, {"p": tags})
    others = [DecisionDraft(kind, product, tag) for n, (kind, tag) in enumerate(steps, 1) if n not in gone]
    expected = result(make_batch(others, 1, at, {"p": tags})).get("p", tags)
    gone &= {each.number for each in made}
    now, rewritten = without(made, gone) if gone else (result(made).get("p", tags), [])
    assert now == expected
    # The remaining decisions can be undone in turn.
    left = {each.number: each for each in made} | {each.number: each for each in rewritten}
    chain = [each for number, each in left.items() if number not in gone]
    assert (without(chain, {each.number for each in chain})[0] if chain else now) == tags


DECIDE = """
import sys
from pathlib import Path
from index.catalogue.database import Database
from index.catalogue.decision import DecisionDraft
from index.catalogue.decision_log import DecisionLog
from index.product import Product
log = DecisionLog(Database(Path(sys.argv[1])))
for number in range(int(sys.argv[2]), 10_000):
    log.decide([DecisionDraft("add", Product("mug", "Steel mug"), f"tag {number}", "Ann")])
    print(number, flush=True)
"""


def test_an_acknowledged_decision_survives_a_kill(
    log: DecisionLog, catalogue: Catalogue, tmp_path: Path, start: Start
) -> None:
    safe = 0
    moments = random.Random(3)
    for _ in range(4):
        writer = start(DECIDE, tmp_path / "catalogue.duckdb", safe)
        assert writer.stdout is not None
        for _ in range(moments.randrange(1, 12)):
            safe = int(writer.stdout.readline()) + 1
        writer.kill()
        safe = max([safe, *(int(line) + 1 for line in writer.stdout.read().split())])
        kept = [each.tag for each in log.active()]
        assert kept[:safe] == [f"tag {number}" for number in range(safe)]
        assert len(kept) <= safe + 1
        assert tags(catalogue) == (*MUG.tags, *kept)
        safe = len(kept)


def test_what_was_decided_on_a_product_holds_when_it_comes_in_again(log: DecisionLog, catalogue: Catalogue) -> None:
    removed, added = judge(log, "remove", "steel"), judge(log, "add", "cup")
    again = replace(MUG, title="Mug of steel", tags=("steel", "kitchen"))
    catalogue.upsert([again, FRIDGE])
    assert tags(catalogue) == ("kitchen", "cup")
    assert found(catalogue, "kitchen cup") == ["mug"]
    log.undo([removed.number], "Ben")
    assert tags(catalogue) == ("steel", "kitchen", "cup")
    log.undo([added.number], "Ben")
    assert tags(catalogue) == again.tags


def test_what_was_undone_is_not_followed_when_a_product_comes_in_again(log: DecisionLog, catalogue: Catalogue) -> None:
    log.undo([judge(log, "remove", "steel").number], "Ann")
    log.decide([DecisionDraft("add", Product("new", "not there yet"), "cup", "Ann")])
    catalogue.upsert([MUG, Product("new", "not there yet")])
    assert tags(catalogue) == MUG.tags
    assert catalogue.product("new").tags == ()


def test_a_decision_is_followed_by_what_its_tag_is_called_in_what_comes_in(
    log: DecisionLog, catalogue: Catalogue
) -> None:
    judge(log, "remove", "steel")
    catalogue.upsert([replace(MUG, tags=("stainless steel", "mug"))], None, lambda product, tag: product.tags[0])
    assert tags(catalogue) == ("mug",)
    [held] = log.active()
    log.undo([held.number], "Ben")
    assert tags(catalogue) == ("stainless steel", "mug")

"""Evaluating the taggers of a real store on a labelled file."""

import json
import time
from functools import partial

import pytest

from index.catalogue.tag_edit import TagChange
from index.errors import BadInput
from index.store import FITTED
from tagger.evaluation.comparison import compare
from tagger.evaluation.evaluate import evaluate
from tagger.jobs.evaluate_file import COUNTS, JUDGED, Counts, counts_of, evaluating, system_rankings
from tagger.jobs.file_jobs import Batches
from tagger.jobs.job import Job
from tagger.jobs.quality_report import Quality

WAIT_S = 60


@pytest.fixture
def evaluations(shop, tmp_path):
    return Batches(tmp_path / "evaluations", evaluating(shop.store, partial(system_rankings, shop.pipeline)), JUDGED)


def ended(evaluations, token):
    end = time.monotonic() + WAIT_S
    while evaluations.status(token).state in ("waiting", "running"):
        assert time.monotonic() < end
        time.sleep(0.02)
    return evaluations.status(token)


def judged(evaluations, path, records):
    path.write_text("".join(json.dumps(each) + "\n" for each in records), "utf-8")
    token = evaluations.take(path, path.name)
    evaluations.start(token, Job(""))
    return token, ended(evaluations, token)


def record(product):
    return {"title": product.title, "description": product.description, "tags": list(product.tags)}


def test_a_file_gives_the_figures_that_the_command_gives(shop, evaluations, tmp_path):
    unseen = shop.unseen[:40]
    token, status = judged(evaluations, tmp_path / "in.jsonl", map(record, unseen))
    assert (status.state, status.done, status.total) == ("done", 40, 40)
    measured = Quality(shop.store, evaluations).of_file(token)
    thresholds = shop.store.published(FITTED)[1]["thresholds"]
    expected = evaluate(shop.pipeline, unseen, thresholds, lambda *_: None).systems
    for name in ("fused", *shop.report.taggers):
        for figure in ("micro_f1", "macro_f1", "precision@1", "recall@5", "ndcg@10", "ece"):
            assert measured.board[name][figure] == pytest.approx(expected[name][figure]), (name, figure)


def test_each_tagger_can_be_left_out_of_the_fusion(shop, evaluations, tmp_path):
    token, _ = judged(evaluations, tmp_path / "in.jsonl", map(record, shop.unseen[:40]))
    measured = Quality(shop.store, evaluations).of_file(token)
    without = [f"fused without {name}" for name in shop.report.taggers]
    assert {*measured.board} == {"fused", *shop.report.taggers, *without}
    said = measured.held.rankings
    assert [name for name in without if said[name] == said["fused"]] == []
    found = compare(measured.held, measured.setting("fused without lexical", ""), measured.setting("fused", ""))
    assert {each.figure: each.after for each in found}["micro_f1"] == pytest.approx(measured.board["fused"]["micro_f1"])
    assert measured.held.thresholds["fused without lexical"] == shop.pipeline.threshold


def test_what_the_store_has_learnt_and_what_has_no_tags_is_left_out_and_counted(shop, evaluations, tmp_path):
    learnt = shop.store.catalogue.products(labelled=True)[:3]
    records = [*map(record, learnt), {"title": "Nothing yet"}, {"title": 5}, *map(record, shop.unseen[:2])]
    token, _ = judged(evaluations, tmp_path / "in.jsonl", records)
    counts = counts_of(evaluations.result(token, COUNTS))
    assert counts == Counts(rejected=1, untagged=1, learnt=3, beyond=0, judged=2)


def test_a_product_whose_tags_were_all_deleted_has_none(store, pipeline, shop, tmp_path):
    store.catalogue.edits.add(TagChange("delete", "leather"))
    own = Batches(tmp_path / "evaluations", evaluating(store, partial(system_rankings, pipeline)), JUDGED)
    token, _ = judged(own, tmp_path / "in.jsonl", [{"title": "A belt", "tags": ["leather"]}, record(shop.unseen[0])])
    assert counts_of(own.result(token, COUNTS)) == Counts(rejected=0, untagged=1, learnt=0, beyond=0, judged=1)


def test_a_file_of_known_products_alone_is_refused(shop, evaluations, tmp_path):
    learnt = shop.store.catalogue.products(labelled=True)[:3]
    token, status = judged(evaluations, tmp_path / "in.jsonl", map(record, learnt))
    assert (status.state, str(status.problem)) == (
        "failed",
        "the file has no labelled product that is new to the store",
    )
    with pytest.raises(BadInput, match="none of your files has been evaluated"):
        Quality(shop.store, evaluations).of_file(token)


def test_of_a_large_file_so_many_products_are_judged(shop, evaluations, tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.jobs.evaluate_file._MOST_PRODUCTS", 5)
    token, _ = judged(evaluations, tmp_path / "in.jsonl", map(record, shop.unseen[:8]))
    assert counts_of(evaluations.result(token, COUNTS)) == Counts(0, 0, 0, beyond=3, judged=5)


def test_an_evaluation_is_stopped_between_batches(shop, tmp_path):
    evaluations: Batches

    def stopping(products):
        evaluations.stop(token)
        return system_rankings(shop.pipeline, products)

    evaluations = Batches(tmp_path / "evaluations", evaluating(shop.store, stopping), JUDGED)
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps(record(each)) + "\n" for each in shop.unseen[:40]), "utf-8")
    token = evaluations.take(path, path.name)
    evaluations.start(token, Job(""))
    status = ended(evaluations, token)
    assert (status.state, status.done, status.total) == ("stopped", 0, 40)

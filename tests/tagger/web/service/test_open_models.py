import gc
import shutil
import threading
import time
from pathlib import Path

import pytest

from index.product import make_product
from index.store import Store
from tagger.evaluation.drift import DriftMonitor
from tagger.web.scheduling.errors import Busy
from tagger.web.service.open_models import OpenModels
from tagger.web.service.questions import Question, answer_questions
from tagger.web.service.requests import SuggestRequest
from tagger.web.service.tagging import TaggingFacade


def test_a_full_queue_turns_away_the_next_and_says_when_to_ask_again(store):
    models = OpenModels(store)
    tagging = TaggingFacade(store, models, DriftMonitor(), most_waiting=2)
    with models.in_turn():
        begun = [tagging.submit(Question((make_product("mug"),)))]
        while tagging.waiting():
            time.sleep(0.001)
        # The first is being answered, and waits for the models; two more may wait.
        begun += [tagging.submit(Question((make_product(f"mug {place}"),))) for place in range(2)]
        assert tagging.refusal() is not None
        with pytest.raises(Busy, match="2 requests are already waiting; try again in a moment") as refused:
            tagging.suggest(SuggestRequest(text="kettle"))
        assert 1 <= refused.value.retry_after_s <= 30
    assert all(each.answer.tags for future in begun for each in future.result(60))
    assert tagging.refusal() is None


def test_garbage_collection_does_not_look_through_open_models(store):
    gc.unfreeze()
    with OpenModels(store).in_turn() as models:
        assert gc.get_freeze_count()
        assert not any(each is models.pipeline.taggers for each in gc.get_objects())
    gc.unfreeze()


def test_an_answer_is_kept_until_the_store_changes(store, tmp_path):
    own = Store.open(Path(shutil.copytree(store.folder, tmp_path / "store")))
    tagging = TaggingFacade(own, OpenModels(own), DriftMonitor())
    question = Question((make_product("silent washing machine"),), brief=True)
    [first] = tagging.submit(question).result()
    again = tagging.submit(question)
    assert again.done()
    assert again.result()[0] is first
    own.catalogue.upsert([make_product("another product")])
    [fresh] = tagging.submit(question).result()
    assert fresh is not first
    assert fresh.answer.tags == first.answer.tags


def test_questions_of_all_kinds_are_answered_together_as_alone(store):
    tagging = TaggingFacade(store, OpenModels(store), DriftMonitor())
    products = [make_product(text) for text in ("washing machine", "冰箱 节能", "steel bottle")]
    questions = [
        Question(tuple(products), brief=True, limit=3),
        Question((products[0],), brief=True, limit=7, threshold=0.1),
        Question((products[1],)),
        Question((products[2],), brief=True, diversity=0.5, limit=4),
        Question((products[2],), brief=True, without=("lexical",)),
    ]
    models = OpenModels(store)
    with models.in_turn() as opened:
        together = answer_questions(questions, opened.pipeline, opened.encoder)
    for question, answers in zip(questions, together, strict=True):
        alone = [each.answer for each in tagging.submit(question).result()]
        assert [[tag.tag for tag in each.tags] for each in alone] == [
            [tag.tag for tag in each.tags] for each in answers
        ]
        assert [each.threshold for each in alone] == [each.threshold for each in answers]
        assert all(len(each.tags) <= question.limit for each in answers)


def test_work_in_the_background_waits_however_many_visitors_do(store):
    models = OpenModels(store, most_waiting=1)
    tagged = []

    def work():
        with models.in_background() as opened:
            tagged.append(opened.pipeline.tag([make_product("mug")], 1))

    with models.in_turn():
        working = threading.Thread(target=work)
        working.start()
        working.join(0.2)
        assert tagged == []
    working.join()
    assert tagged

import threading

import pytest

from index.product import make_product
from tagger.evaluation.drift import DriftMonitor
from tagger.web.service.open_models import Busy, OpenModels
from tagger.web.service.requests import SuggestRequest
from tagger.web.service.tagging import TaggingFacade


def test_a_full_line_turns_away_the_next(store):
    models = OpenModels(store, most_waiting=2)
    tagging = TaggingFacade(store, models, DriftMonitor())
    request = SuggestRequest(text="mug")
    with models.in_turn():
        waiting = threading.Thread(target=tagging.suggest, args=[request])
        waiting.start()
        while models._places._value:
            pass
        with pytest.raises(Busy, match="2 requests are already waiting; try again in a moment"):
            tagging.suggest(request)
    waiting.join()
    assert tagging.suggest(request).answer.tags


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

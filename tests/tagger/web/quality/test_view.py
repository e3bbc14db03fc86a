"""What the quality tab shows when it opens."""

from collections.abc import Callable

from index.store import Store
from tagger.web.quality.view import QualityView
from tagger.web.service.requests import suggest_request
from tagger.web.service.service import Service

Reader = Callable[[object], str]


def test_drift_is_told_by_the_products_that_were_asked_for(store: Store, english: Reader, chinese: Reader) -> None:
    service = Service(store)
    view = QualityView(service)
    assert "tw-drift" not in view.open("").board
    service.tagging.suggest(suggest_request(text="全自动洗衣机"))
    assert 'data-verdict="too few"' in view.open("").board
    for number in range(100):
        service.tagging.suggest(suggest_request(text=f"qqq {number}"))
    opened = view.open("").board
    assert 'data-verdict="drifted"' in opened
    assert "101 products" in english(opened)
    assert "101 件商品" in chinese(opened)


def test_the_page_says_what_was_measured_in_the_language_of_the_reader(
    service: Service, english: Reader, chinese: Reader
) -> None:
    view = QualityView(service)
    board = view.open("").board
    assert "109 labelled products. Every product was scored" in english(board)
    assert "109 件有标签的商品。 每件商品都由没有用它训练过的模型打分" in chinese(board)
    assert '<th scope="col">Tagger</th><th scope="col">micro-F1</th>' in english(board)
    assert '<th scope="col">标签器</th><th scope="col">微平均 F1</th>' in chinese(board)
    assert 'aria-label="排行榜 Leaderboard"' in board


def test_a_diagnosis_and_a_comparison_are_in_one_language_but_for_the_names_of_tags(
    service: Service, english: Reader, chinese: Reader
) -> None:
    view = QualityView(service)
    diagnosis = view.diagnose("", "fused", "", "products")
    assert "<summary>Figures: Reliability diagram</summary>" in english(diagnosis)
    assert "<summary>数据: 可靠性图</summary>" in chinese(diagnosis)
    assert ">washing machine<" in english(diagnosis)
    compared = view.compare("", "fused", "", "fused", "")
    assert '<td dir="auto">no</td>' in english(compared)
    assert '<td dir="auto">否</td>' in chinese(compared)

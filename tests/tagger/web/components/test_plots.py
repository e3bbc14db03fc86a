import re

import pytest

from tagger.web.components.plots import Axis, Line, axis_over, plot

TITLE = "Loss per token"


def points(html):
    return [tuple(map(float, each.split(","))) for each in re.search(r'points="([^"]+)"', html)[1].split()]


def test_points_stand_where_their_values_say():
    html = plot(TITLE, Axis("x", 0, 10), Axis("y", 0, 1), [Line("l", [(0, 0), (10, 1), (5, 0.5)])])
    (left, bottom), (right, top), middle = points(html)
    assert (left, bottom) == (52, 254)
    assert (right, top) == (408, 12)
    assert middle == ((left + right) / 2, (bottom + top) / 2)


def test_what_is_beyond_an_axis_stands_at_its_end():
    html = plot(TITLE, Axis("x"), Axis("y"), [Line("l", [(-1, 2)])])
    assert points(html) == [(52, 12)]


def test_names_are_text_and_the_picture_has_one_for_a_screen_reader():
    html = plot(TITLE, Axis("<i>"), Axis('"'), [Line("<svg onload=x>", [])])
    assert 'role="img" aria-label="每个词元的损失 Loss per token"' in html
    assert "<i>" not in html
    assert "<svg onload" not in html


def test_the_title_over_the_picture_is_in_the_language_of_the_reader(english, chinese):
    html = plot(TITLE, Axis("x"), Axis("y"), [])
    assert "<figcaption>Loss per token</figcaption>" in english(html)
    assert "<figcaption>每个词元的损失</figcaption>" in chinese(html)


def test_dots_are_drawn_where_they_are_asked_for():
    lines = [Line("a", [(0, 0), (1, 1)], dots=True), Line("b", [(0, 0)])]
    assert plot(TITLE, Axis("x"), Axis("y"), lines).count("<circle") == 2


@pytest.mark.parametrize(
    ("values", "low", "high"), [([], 0, 1), ([2.0, 3.0], 0, 3), ([-1.0, 2.0], -1, 2), ([0.0], 0, 1)]
)
def test_an_axis_has_room_for_all_values(values, low, high):
    assert axis_over("y", values) == Axis("y", low, high)


def test_axes_are_named_in_the_readers_language():
    html = plot(TITLE, Axis("Recall"), Axis("Precision"), [])
    both = '<tspan class="tw-zh" lang="zh-CN">{}</tspan><tspan class="tw-en" lang="en">{}</tspan></text>'
    assert both.format("召回率", "Recall") in html
    assert both.format("精确率", "Precision") in html

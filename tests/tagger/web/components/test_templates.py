import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from tagger.web.components.templates import ENVIRONMENT, create_environment, join_lines
from tagger.web.i18n.translations import say


def render_text(source, **context):
    return ENVIRONMENT.from_string(source).render(context)


@pytest.mark.parametrize(
    ("source", "joined"),
    [
        ("<ol>\n    <li>a</li>\n</ol>\n", "<ol><li>a</li></ol>"),
        ('<button type="button"\n        class="x">a</button>', '<button type="button" class="x">a</button>'),
        ("<p>one line\n    and the next</p>", "<p>one line and the next</p>"),
        ("<b>a</b> <b>b</b>", "<b>a</b> <b>b</b>"),
        ("\n", ""),
    ],
)
def test_the_lines_of_a_template_are_joined_as_if_it_were_not_indented(source, joined):
    assert join_lines(source) == joined


def test_blocks_and_expressions_leave_no_space_behind():
    source = "<ol>\n  {% for each in items %}\n    <li>{{ each }}</li>\n  {% endfor %}\n</ol>"
    assert render_text(source, items=["a", "b"]) == "<ol><li>a</li><li>b</li></ol>"


def test_what_a_template_is_given_is_escaped_but_for_what_is_markup_already():
    assert render_text("{{ a }}{{ b }}", a="<i>", b=Markup("<b>")) == "&lt;i&gt;<b>"
    assert render_text("{{ say(word) }}", word="<i>") == "&lt;i&gt;"
    assert render_text("{{ say('Products') }}") == say("Products")


def test_a_name_that_a_template_is_not_given_is_an_error():
    with pytest.raises(UndefinedError, match="'absent' is undefined"):
        render_text("{{ absent }}")


def test_numbers_are_formatted_as_the_page_shows_them():
    source = (
        "{{ 0.934|percent }} {{ 1.5|clamp|percent(1) }} {{ 2.345|decimals(2) }} {{ 1|signed(2) }} {{ 2484|thousands }}"
    )
    assert render_text(source) == "93% 100.0% 2.35 +1.00 2,484"


@pytest.mark.parametrize("name", create_environment().list_templates())
def test_every_template_can_be_compiled(name):
    ENVIRONMENT.get_template(name)

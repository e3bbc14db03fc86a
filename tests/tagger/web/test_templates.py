"""Whatever values a template is given, outside values appear as text on the page and never as markup."""

import ast
from html.parser import HTMLParser

import pytest
from jinja2 import meta, nodes

from tagger.web.components.templates import ENVIRONMENT, FOLDER, render

EVIL = "<img src=x onerror=alert(1)>\"'& onload=alert(2)"
WEB = FOLDER.parent
NAMES = ENVIRONMENT.list_templates()
PAGES = [name for name in NAMES if not name.startswith("macros/")]
# These select a word or a CSS class of the page and can only have a few values.
ENUMERATED = {"kind": "accept", "pressed": "accept", "rule": "implied"}
# Any other sequence that is unpacked has pairs.
TRIPLES = {"actions"}
# Page texts are markup in two languages; `render` returns what the environment has escaped.
MAKE_MARKUP = {"i18n/translations.py", "i18n/error_translations.py", "components/templates.py"}


class Hostile(str):
    """A placeholder for any value: every operation on it gives hostile text."""

    __slots__ = ("true",)

    def __new__(cls, true):
        made = super().__new__(cls, EVIL)
        made.true = true
        return made

    def __getattribute__(self, name):
        if name.startswith("__") or name == "true":
            return super().__getattribute__(name)
        return ENUMERATED.get(name, self)

    def __call__(self, *args, **keywords):
        return self

    def __getitem__(self, key):
        return self

    def __iter__(self):
        return iter((self, self))

    def __len__(self):
        return 2

    def __bool__(self):
        return self.true

    def __format__(self, how):
        return EVIL

    def __str__(self):
        return EVIL

    def __lt__(self, other):
        return self.true

    __gt__ = __le__ = __ge__ = __lt__
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __call__


class Read(HTMLParser):
    """Collects the elements, the attributes and the texts of a piece of HTML."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.attributes, self.said = set(), set(), []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.said += [value or "" for _, value in attrs]

    def handle_data(self, data):
        self.said.append(data)


def parse(name):
    return ENVIRONMENT.parse((FOLDER / name).read_text("utf-8"))


@pytest.mark.parametrize("true", [True, False])
@pytest.mark.parametrize("name", PAGES)
def test_hostile_values_become_text_in_every_template_and_place(name, true):
    given = meta.find_undeclared_variables(parse(name)) - ENVIRONMENT.globals.keys()
    values = {variable: [(Hostile(true),) * 3] if variable in TRIPLES else Hostile(true) for variable in given}
    html = Read(render(name, **values))
    assert "img" not in html.elements
    assert not html.attributes & {"src", "onerror", "onload"}
    if given and true:
        assert any(EVIL in each for each in html.said)


@pytest.mark.parametrize("name", NAMES)
def test_no_template_calls_a_text_safe_or_stops_escaping(name):
    tree = parse(name)
    assert [each.name for each in tree.find_all(nodes.Filter) if each.name == "safe"] == []
    assert list(tree.find_all((nodes.EvalContextModifier, nodes.MarkSafe, nodes.MarkSafeIfAutoescape))) == []


def calls(path, *names):
    """Return the calls of functions with the given names in a source file."""
    tree = ast.parse(path.read_text("utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [node for node in found if getattr(node.func, "id", getattr(node.func, "attr", "")) in names]


def test_there_is_one_environment_and_it_escapes():
    made = [call for path in sorted(WEB.rglob("*.py")) for call in calls(path, "Environment", "Template", "overlay")]
    assert len(made) == 1
    [autoescape] = [each.value for each in made[0].keywords if each.arg == "autoescape"]
    assert isinstance(autoescape, ast.Constant)
    assert autoescape.value is True
    assert ENVIRONMENT.autoescape is True


def test_html_comes_from_templates_and_from_no_text_of_a_program():
    made = [path for path in sorted(WEB.rglob("*.py")) if any(call.args for call in calls(path, "Markup"))]
    assert {str(path.relative_to(WEB)) for path in made} <= MAKE_MARKUP


def test_every_template_is_used():
    sources = "".join(path.read_text("utf-8") for kind in ("*.py", "*.html") for path in WEB.rglob(kind))
    assert [name for name in NAMES if f'"{name}"' not in sources] == []

import ast
import importlib
import re
from pathlib import Path
from typing import get_args

import pytest

from index.files.product_reader import Reject, read_products
from tagger.settings import read
from tagger.vocabulary.duplicates import Why
from tagger.web.catalogue import facets
from tagger.web.i18n import display_names as names
from tagger.web.i18n import translations as wording
from tagger.web.i18n.error_translations import _LINES, both, in_chinese
from tagger.web.i18n.translations import CHINESE, hint, in_two, label, say
from tagger.web.review.rendering import SHORTCUTS
from tagger.web.tag_page import form as tag_form

# What these modules raise or say of a row can be read on the page; what they raise for the command line alone is told.
MODULES = {
    "index.catalogue.catalogue": (),
    "index.catalogue.database": (),
    "index.catalogue.decision_log": (),
    "index.catalogue.tag_edit_log": (),
    "index.catalogue.query": (),
    "index.files.product_reader": ("no field", "a dict or a Product", "has no column X"),
    "index.files.row_reader": (
        "no file",
        "cannot read",
        "X is empty",
        "X: unknown kind",
        "text; save it",
        "header line",
        "Parquet",
    ),
    "index.store": ("is a file; a store is a folder", "is no store and not empty"),
    "tagger.jobs.file_jobs": (),
    "tagger.search.browse": (),
    "tagger.feedback.bulk_decisions": (),
    "tagger.search.filters": (),
    "tagger.feedback.decisions": (),
    "tagger.load": (),
    "tagger.pipeline": (),
    "tagger.jobs.evaluate_file": (),
    "tagger.fit": (),
    "tagger.jobs.quality_report": (),
    "tagger.fusion.ranker": (),
    "tagger.settings": (),
    "tagger.taggers.phrases": (),
    "tagger.jobs.tag_file": ("would be overwritten", "another process is writing", "engine ray", "no engine"),
    "tagger.jobs.training_request": (),
    "tagger.jobs.training_process": (),
    "tagger.feedback.tag_edits": (),
    "tagger.feedback.user_input": (),
    "tagger.jobs.upload": (),
    "tagger.web.catalogue.bulk_view": (),
    "tagger.web.service.catalogue": (),
    "tagger.web.service.decisions": (),
    "tagger.web.service.open_models": (),
    "tagger.web.service.requests": (),
    "tagger.web.service.tagging": (),
    "tagger.web.service.uploads": (),
}
# These name what the page shows under the name it has in a store: taggers, stages, sources of a decision.
NAMES = (
    "tagger.corrections.effects",
    "tagger.evaluation.evaluate",
    "tagger.fusion.features",
    "tagger.evaluation.held_out",
    "tagger.pipeline",
    "tagger.plugins.registries",
    "tagger.fusion.ranker",
    "tagger.vocabulary.duplicates",
)
WEB = Path(wording.__file__).parents[1]
# What stands in a template between {{ }} and {% %}, the texts in it, and those that it says in two languages.
CODE = re.compile(r"{[{%](.*?)[%}]}", re.DOTALL)
QUOTED = re.compile(r'"([^"]*)"|\'([^\']*)\'')
SAID = re.compile(r'\b(?:say|label|hint|fact|section|drawer)\((?:"([^"]*)"|\'([^\']*)\')')
WORDS = ("say", "label", "hint", "note", "Axis", "axis_over")
SAYS = ("BadInput", "BadSetting", "Busy", "MissingArtifact", "StaleArtifact", "StoreLocked", "FileRow")


def filled(node):
    """Return a text of the program with X for what is filled in, nothing for what is no text."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def lines():
    for name, others in MODULES.items():
        tree = ast.parse(Path(importlib.import_module(name).__file__).read_text("utf-8"))
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        for call in calls:
            if getattr(call.func, "id", "") in SAYS:
                for text in filter(None, map(filled, call.args)):
                    if not any(other in text for other in others):
                        yield text


def test_every_line_that_can_reach_the_page_is_there_in_chinese():
    found = set(lines())
    assert len(found) > 40
    assert [line for line in sorted(found) if not in_chinese(line)] == []


@pytest.mark.parametrize(("line", "chinese"), _LINES.items())
def test_a_line_and_its_chinese_have_the_same_gaps(line, chinese):
    assert len(re.findall(r"\{\d?\}", chinese)) == line.count("{}")
    assert in_chinese(line.replace("{}", "X"))
    assert re.search("[\u4e00-\u9fff]", chinese)


@pytest.mark.parametrize(
    ("line", "chinese"),
    [
        ("title: more than 200,000 characters", "标题超过 200,000 个字符"),
        ("the id 'a; b' stands already at in.csv line 3", "编号 'a; b' 已出现在 in.csv line 3"),
        ("description must be a text, not int", "描述应为文本，而不是整数"),
        ("not utf-8 text at byte 7", "第 7 个字节不是 utf-8 文本"),
        (
            "the store /s has no fitted models yet; run: tagweave fit /s",
            "商品库 /s 还没有拟合模型；请运行：tagweave fit /s",
        ),
        ("something new", ""),
    ],
)
def test_lines_are_said_in_chinese_with_what_they_quote(line, chinese):
    assert in_chinese(line) == chinese


def test_every_broken_row_of_a_file_is_told_in_both_languages(tmp_path):
    rows = [b'{"title": 5}', b"[]", b"{", b"\xff", b'{"title": "a", "tags": 5}', b'{"title": ""}', b'{"id": "1"}']
    (tmp_path / "in.jsonl").write_bytes(b"\n".join(rows) + b'\n{"title": "a", "tags": "[1"}')
    (tmp_path / "in.csv").write_bytes(b'title\na,b\n"open\n')
    outcomes = [each.outcome for each in read_products([tmp_path / "in.jsonl", tmp_path / "in.csv"])]
    assert len(outcomes) == 10
    for outcome in outcomes:
        assert isinstance(outcome, Reject)
        assert in_chinese(outcome.reason), outcome.reason


def test_each_language_has_its_line_and_what_is_quoted_is_no_markup(english, chinese):
    line = both("there is no column '<b>'")
    assert chinese(line) == "没有 &#39;&lt;b&gt;&#39; 这一列"
    assert english(line) == "there is no column &#39;&lt;b&gt;&#39;"
    assert both("<i>") == '<span lang="en">&lt;i&gt;</span>'


def tree_of(path):
    return ast.parse(path.read_text("utf-8"))


def web_modules():
    return [path for path in sorted(WEB.rglob("*.py")) if path != Path(wording.__file__)]


def template_texts():
    """Return all texts between quotes that stand in what a template fills in or decides by."""
    code = (block for path in WEB.rglob("*.html") for block in CODE.findall(path.read_text("utf-8")))
    return {text for block in code for pair in QUOTED.findall(block) for text in pair if text}


def template_words():
    """Return the texts that templates say in two languages."""
    code = (block for path in WEB.rglob("*.html") for block in CODE.findall(path.read_text("utf-8")))
    return {text for block in code for pair in SAID.findall(block) for text in pair if text}


def texts(tree):
    """Return all texts that stand in a program."""
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def worded(node):
    """Return the texts that what is said can be."""
    if isinstance(node, ast.IfExp):
        return worded(node.body) | worded(node.orelse)
    if isinstance(node, ast.BoolOp):
        return {text for value in node.values for text in worded(value)}
    return {node.value} if isinstance(node, ast.Constant) else set()


def given(tree):
    """Return what a program gives to those who say it in two languages."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.args[0] for call in calls if getattr(call.func, "id", "") in WORDS]


def pattern(node):
    """Return what a text that is filled in matches."""
    return "".join(re.escape(part.value) if isinstance(part, ast.Constant) else ".+" for part in node.values)


def test_every_word_of_the_page_is_there_in_chinese():
    said = {text for path in web_modules() for node in given(tree_of(path)) for text in worded(node)}
    said |= template_words()
    assert len(said) > 150
    assert sorted(said - CHINESE.keys()) == []


def test_words_that_stand_in_tables_are_there_in_chinese_too():
    tables = [*names.LANGUAGES.values(), *names.DECISIONS.values(), *names.EDITS.values(), *names.FACETS]
    tables += [*get_args(Why), *tag_form._WOULD.values(), *(does for _, _, does in tag_form._ACTIONS)]
    tables += [does for _, does in SHORTCUTS]
    tables += [word for title, values in facets._FLAGS.values() for word in (title, *values.values())]
    assert [word for word in tables if word not in CHINESE] == []


def test_every_word_in_the_catalogue_stands_somewhere_on_the_page():
    named = [Path(importlib.import_module(name).__file__) for name in NAMES]
    there = set().union(read().taggers, template_texts(), *(texts(tree_of(path)) for path in [*web_modules(), *named]))
    asked = [node for path in web_modules() for node in given(tree_of(path))]
    filled_in = [re.compile(pattern(node)) for node in asked if isinstance(node, ast.JoinedStr)]
    left = [word for word in CHINESE if word not in there and not any(each.fullmatch(word) for each in filled_in)]
    assert left == []


@pytest.mark.parametrize(("text", "its_chinese"), CHINESE.items())
def test_a_word_and_its_chinese_have_the_same_gaps(text, its_chinese):
    assert re.search("[\u4e00-\u9fff]", its_chinese)
    assert sorted(re.findall(r"\{\d?\}", its_chinese)) == sorted(re.findall(r"\{\d?\}", text))


def test_a_word_is_said_where_it_stands_and_what_is_no_word_stays_as_it_is(english, chinese):
    assert (english(say("Trend")), chinese(say("Trend")), hint("Trend")) == ("Trend", "走势", "走势 Trend")
    assert say("<my-tagger>") == "&lt;my-tagger&gt;"
    assert label("<my-tagger>") == "<my-tagger>"
    assert "Trend" in label("Trend") != "Trend"
    assert english(in_two("<是>", "<yes>")) == "&lt;yes&gt;"
    assert say("no. {0}").format("<7>").count("&lt;7&gt;") == 2

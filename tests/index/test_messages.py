import ast
import copy
import pickle
import re
import shutil
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

from index import errors
from index.errors import BadInput, StoreLocked, TagweaveError
from index.messages import DOMAIN, FOLDER, LANGUAGES, Message, is_code, known, texts, translate
from tools.messages import extract, update

ROOT = Path(__file__).parents[2]
ERRORS = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, TagweaveError)}


def sources():
    for package in ("index", "tagger", "finetune"):
        for path in sorted((ROOT / package).rglob("*.py")):
            yield path.relative_to(ROOT), ast.parse(path.read_text("utf-8"))


def calls():
    """Return each call that makes an error or a message, with where it stands."""
    for path, tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) in ERRORS | {"Message", "failed", "Busy"} and node.args:
                yield f"{path}:{node.lineno}", node


def called(call):
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def placeholders(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def test_the_catalogue_has_exactly_the_messages_of_the_sources():
    found = {message.id for message in extract() if message.id}
    assert len(found) > 600
    for language in LANGUAGES:
        assert sorted(found ^ texts(language).keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_or_fuzzy(language):
    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    assert [message.id for message in messages if not message.string or message.fuzzy] == []
    assert [id for id, text in texts(language).items() if text != text.strip()] == []


def test_chinese_texts_are_chinese():
    as_they_are = {"A", "B", "ECE"}
    latin = [id for id, text in texts("zh").items() if not re.search("[\u4e00-\u9fff]", text) and "{" not in text]
    assert set(latin) <= as_they_are


def test_both_languages_have_the_same_placeholders():
    english, chinese = texts("en"), texts("zh")
    numbered = re.compile(r"\{\d?\}")
    coded = [id for id in english if is_code(id)]
    assert [id for id in coded if placeholders(chinese[id]) != placeholders(english[id])] == []
    assert [id for id in coded if english[id] == id] == []
    worded = english.keys() - set(coded)
    assert [id for id in worded if numbered.findall(chinese[id]) != numbered.findall(english[id])] == []


def test_every_error_is_made_of_a_code_and_the_parameters_of_its_text():
    wrong = []
    found = list(calls())
    assert len(found) > 250
    for place, call in found:
        id = call.args[0]
        if isinstance(id, ast.JoinedStr | ast.BinOp):
            wrong.append((place, "put together from pieces"))
        elif isinstance(id, ast.Constant) and not known(id.value):
            wrong.append((place, id.value))
        elif isinstance(id, ast.Constant) and all(keyword.arg for keyword in call.keywords):
            given = {keyword.arg for keyword in call.keywords} | ({"plugin"} if called(call) == "failed" else set())
            # The guard adds the plugin's name to the messages about it.
            if {*given, "plugin"} != {*placeholders(texts("en")[id.value]), "plugin"}:
                wrong.append((place, id.value, sorted(given)))
    assert wrong == []


def test_texts_of_the_page_are_not_put_together_from_pieces():
    said = ("say", "hint", "label", "drawn", "mark")
    wrong = [
        f"{path}:{node.lineno}"
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and called(node) in said
        and node.args
        and isinstance(node.args[0], ast.JoinedStr | ast.BinOp)
    ]
    assert wrong == []


def test_an_error_has_a_stable_code_its_parameters_and_a_text_in_each_language():
    error = BadInput("row.duplicate-id", id="a", first="in.csv line 3")
    assert (error.code, dict(error.message.params)) == ("row.duplicate-id", {"id": "a", "first": "in.csv line 3"})
    assert str(error) == "duplicate id 'a', first seen at in.csv line 3"
    assert error.message.text("zh") == "编号 'a' 重复，首次出现在 in.csv line 3"


def test_messages_and_errors_among_the_parameters_are_in_the_same_language():
    inner = BadInput("row.not-text", field=Message("title"), type=Message("int"))
    outer = BadInput("file.row", file="in.csv", line=2, reason=inner)
    assert str(outer) == "in.csv line 2: title must be a text, not int"
    assert outer.message.text("zh") == "in.csv 第 2 行：标题应为文本，而不是整数"


def test_a_plain_text_is_its_own_message_and_has_the_code_of_its_class():
    error = StoreLocked("{not} a template")
    assert (str(error), error.message.text("zh"), error.code) == ("{not} a template", "{not} a template", "StoreLocked")
    assert Message("").text("zh") == ""


def test_errors_survive_copies_and_pickles():
    error = BadInput("file.row", file=Path("in.csv"), line=2, reason=BadInput("row.no-title"))
    for copied in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (type(copied), str(copied), copied.code) == (BadInput, "in.csv line 2: no title", "file.row")


def test_a_message_is_read_back_from_its_json_values():
    message = Message("file.row", file=Path("in.csv"), line=2, reason=Message("row.no-title"))
    assert message.as_dict()["params"] == {
        "file": "in.csv",
        "line": 2,
        "reason": {"code": "row.no-title", "params": {}},
    }
    assert Message.from_dict(message.as_dict()) == message


def test_codes_are_told_from_texts_of_the_page():
    assert is_code("row.no-title")
    assert [id for id in ("Threshold", "threshold 0.1", "No. {0}", "ECE") if is_code(id)] == []


def test_numbers_keep_their_format():
    assert str(Message("row.too-long", field="title", count=10_000_000, most=200_000)) == (
        "title has 10,000,000 characters; the limit is 200,000"
    )


def test_an_id_that_the_catalogue_does_not_have_is_the_text():
    assert translate("no such id", "zh") == "no such id"
    assert translate("Threshold", "zh") == "阈值"


def test_an_up_to_date_catalogue_is_left_as_it_is_and_a_missing_message_is_added_without_a_text(tmp_path):
    folder = tmp_path / "locale"
    shutil.copytree(FOLDER, folder)
    update(folder)
    for language in LANGUAGES:
        path = Path(language) / "LC_MESSAGES" / f"{DOMAIN}.po"
        assert (folder / path).read_bytes() == (FOLDER / path).read_bytes()
    path = folder / "zh" / "LC_MESSAGES" / f"{DOMAIN}.po"
    text = path.read_text("utf-8")
    assert text.count('msgid "Trend"\nmsgstr "走势"\n') == 1
    path.write_text(text.replace('msgid "Trend"\nmsgstr "走势"\n', ""), "utf-8")
    update(folder)
    with path.open("rb") as file:
        found = {message.id: message.string for message in read_po(file) if message.id}
    assert found == {**texts("zh"), "Trend": ""}

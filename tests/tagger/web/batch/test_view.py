import json
import re
import time

import httpx
import pytest

from tagger.jobs.file_jobs import RESULTS
from tagger.web.batch.view import BatchView
from tagger.web.service.requests import SuggestRequest

WAIT_S = 60


@pytest.fixture
def view(service):
    return BatchView(service.files)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in.jsonl"
    rows = [{"name": "全自动洗衣机", "kept": ["red"]}, {"name": "insulated water bottle", "kept": []}, {"name": 5}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def finished(view, token):
    end = time.monotonic() + WAIT_S
    while True:
        html, goes_on = view.progress(token)
        if not goes_on:
            return html
        assert time.monotonic() < end
        time.sleep(0.05)


CHOSEN = {"title": "name", "tags": "kept", "description": "", "id": "", "lang": ""}


def test_a_file_is_taken_previewed_tagged_and_shown(view, file, chinese, english):
    taken, problem = view.take(str(file))
    assert (taken.columns, dict(taken.mapping), problem) == (["name", "kept"], {"title": "name"}, "")
    preview = view.preview(taken.token, CHOSEN)
    assert "title must be a text, not int" in english(preview)
    assert "<h2>in.jsonl</h2>" in preview
    facts = re.findall("<span>([^<]*) <b>([^<]*)</b></span>", english(preview))
    assert facts == [
        ("recognised", "a plain table"), ("encoding", "UTF-8"),
        ("products in the first rows", "2"), ("rows that would be refused", "1"),
    ]  # fmt: skip
    assert "会被拒绝的行 <b>1</b>" in chinese(preview)
    assert view.start(taken.token, CHOSEN, [4, True]) == ""
    html = finished(view, taken.token)
    assert 'data-state="done"' in html
    assert "<b>done</b>" in english(html)
    assert "<b>完成</b>" in chinese(html)
    red = re.search('<button[^>]*data-row="0" data-tag="red"[^>]*aria-pressed="(.*?)">', html)
    assert red
    assert red[1] == "true"
    assert "<li><b>3</b> <span>标题应为文本，而不是整数</span></li>" in chinese(html)
    assert "<li><b>3</b> <span>title must be a text, not int</span></li>" in english(html)
    files, done = view.files(taken.token)
    assert done
    assert [f"api/batches/{taken.token}/{name}" in files for name in RESULTS] == [True] * 3
    restored = view.restore(taken.token)
    assert (restored.token, dict(restored.mapping)) == (taken.token, {"title": "name", "tags": "kept"})


def test_a_person_changes_rows_of_the_result_and_gets_his_file_back(view, service, tmp_path, english):
    source = tmp_path / "shop.csv"
    source.write_text("Title;Price;Tags\n全自动洗衣机;1;red, sale\nwater bottle;2;\n", "utf-8-sig")
    token = view.take(str(source))[0].token
    chosen = dict(service.files.restore(token).mapping)
    view.start(token, chosen, [4, True])
    finished(view, token)
    assert "2 products changed" not in english(view.change(token, {"row": "0", "tag": "sale", "pressed": "false"}))
    assert "2 products changed" in english(view.change(token, {"row": "1", "tag": "gift", "pressed": "true"}))
    assert "the result has no row 7" in english(view.change(token, {"row": "7", "tag": "gift", "pressed": "true"}))
    assert "2 products changed" in english(view.files(token)[0])
    files = view.write(token, "", "")
    assert f"api/batches/{token}/written.csv" in files
    back = service.files.result(token, "written.csv").read_bytes().decode("utf-8-sig").splitlines()
    assert back[0] == "Title;Price;Tags"
    tags = [[tag.strip() for tag in line.split(";")[2].strip('"').split(",")] for line in back[1:]]
    assert "red" in tags[0]
    assert "sale" not in tags[0]
    assert "gift" in tags[1]
    records = [json.loads(line) for line in service.files.result(token, "tagged.jsonl").read_text("utf-8").splitlines()]
    assert [sorted(each["tags"]) for each in records] == [sorted(each) for each in tags]
    assert "gift" in service.files.result(token, "tagged.csv").read_text("utf-8")
    view.write(token, "New tags", "zh")
    assert ";New tags" in service.files.result(token, "written.csv").read_text("utf-8-sig").splitlines()[0]
    assert "no language of the labels" in english(view.write(token, "", "fr"))


def test_the_result_is_what_one_product_gets(view, service, file):
    token = view.take(str(file))[0].token
    view.start(token, CHOSEN, [4, False])
    finished(view, token)
    record = json.loads(service.files.result(token, "tagged.jsonl").read_text("utf-8").splitlines()[0])
    tags = service.tagging.suggest(SuggestRequest(text="全自动洗衣机", limit=4)).answer.tags
    assert [each["tag"] for each in record["suggestions"]] == [each.tag for each in tags]
    assert record["tags"] == [each.tag for each in tags if each.accepted]


def test_a_wrong_file_is_told_in_the_language_of_the_reader(view, tmp_path, chinese, english):
    (tmp_path / "a.csv").touch()
    taken, problem = view.take(str(tmp_path / "a.csv"))
    shown = '<p class="tw-note tw-problem" role="alert">{}</p>'
    assert chinese(problem) == shown.format("文件是空的")
    assert english(problem) == shown.format("the file is empty")
    assert taken.token == ""


def test_a_mapping_without_a_title_is_told(view, file, chinese):
    token = view.take(str(file))[0].token
    for said in (view.preview(token, {}), view.start(token, {}, [5, True])):
        assert "请选择标题列" in chinese(said)
    assert view.progress(token) == ("", False)


def test_a_file_that_is_no_longer_here_is_told_and_not_restored(view):
    assert "files are deleted after a day" in view.progress("x" * 22)[0]
    assert view.restore("x" * 22).token == ""
    assert view.progress("") == ("", False)
    assert view.preview("", {}) == ""


def test_results_are_downloaded_by_their_random_names_only(server):
    answer = httpx.get(f"{server.url}/api/batches/{'x' * 22}/tagged.csv", trust_env=False, timeout=60)
    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "this file no longer exists; files are deleted after a day", "code": "upload.file-gone"},
    )
    assert httpx.get(f"{server.url}/api/batches/..%2f..%2f/manifest.json", trust_env=False, timeout=60).status_code in (
        400,
        404,
    )


@pytest.mark.parametrize("limit", [2.5, 0, 31, None])
def test_a_number_of_suggestions_that_there_is_not_is_one_line(view, file, english, limit):
    token = view.take(str(file))[0].token
    assert f"suggestions per product must be a whole number from 1 to 30, not {limit}" in english(
        view.start(token, CHOSEN, [limit, True])
    )
    assert view.progress(token) == ("", False)

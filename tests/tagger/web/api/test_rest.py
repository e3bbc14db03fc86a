import json

import httpx
import pytest

from index.catalogue.decision import DecisionDraft
from index.catalogue.query import Query
from index.store import Store
from tagger.cli import commands
from tagger.cli.parser import parse_args
from tagger.search.search import by_words

WASHER = "全自动洗衣机 静音"


@pytest.fixture(scope="session")
def client(server):
    with httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client:
        yield client


def test_suggest_answers_what_the_command_line_prints(client, store):
    printed = commands.suggest(parse_args(["suggest", str(store.folder), WASHER, "--limit", "7", "--json"]))
    answer = client.post("/api/suggest", json={"text": WASHER, "limit": 7}).json()
    assert answer["tags"] == json.loads(json.dumps(printed["tags"]))
    assert answer.keys() == printed.keys()
    assert answer["stages"].keys() == printed["stages"].keys()


def test_suggest_takes_title_and_description(client):
    answer = client.post("/api/suggest", json={"title": "冰箱", "description": "节能"}).json()
    spans = [span for tag in answer["tags"] for span in tag["evidence"]["spans"]]
    assert {"start": 0, "end": 2, "text": "冰箱"} in spans
    assert {"start": 3, "end": 5, "text": "节能"} in spans


def test_search_answers_pages_of_the_catalogue(client, store):
    found = [client.get("/api/search", params={"q": "washing", "limit": 4, "offset": at}).json() for at in (0, 4)]
    page = by_words(store, Query("washing", order="relevance", limit=8))
    assert found[0]["total"] == page.total > 8
    assert [product["id"] for each in found for product in each["products"]] == [
        product.id for product in page.products
    ]


def test_search_takes_several_tags_by_any_label(client):
    params = {"tag": ["冰箱", "energy saving"], "limit": 100}
    products = client.get("/api/search", params=params).json()["products"]
    assert products
    assert all({"refrigerator", "energy saving"} <= set(product["tags"]) for product in products)


def test_info_says_what_the_store_holds(client, store):
    info = client.get("/api/info").json()
    assert info["products"] == store.catalogue.count()
    assert info["fitted"]


@pytest.mark.parametrize(
    ("method", "path", "content", "status", "line"),
    [
        ("POST", "suggest", b"{}", 400, "the text is empty"),
        ("POST", "suggest", b'{"text": "\\u0000\\u200b"}', 400, "the text is empty"),
        ("POST", "suggest", b'{"text": "a", "title": "b"}', 400, "pass either text, or title and description"),
        ("POST", "suggest", b'{"text": "a", "limit": 0}', 422, "limit: must be at least 1"),
        ("POST", "suggest", b'{"text": "a", "colour": 1}', 422, "colour: unknown name"),
        ("POST", "suggest", b'{"text": "\\ud800"}', 422, "text: must be a valid text"),
        ("POST", "suggest", b'{"text": "' + b"a" * 200_001 + b'"}', 422, "text: more than 200,000 characters"),
        ("POST", "suggest", b"{", 422, "the request is not JSON"),
        ("POST", "suggest", b"\xff", 400, "there was an error parsing the body"),
        ("POST", "suggest", b"[" * 100_000, 400, "there was an error parsing the body"),
        ("POST", "suggest", b"[]", 422, "the request: must be a JSON object"),
        ("POST", "suggest", b" " * 5_000_000, 413, "the request has more than 4,800,000 bytes"),
        (
            "GET",
            "suggest",
            b"",
            404,
            "no such request; available: POST /api/suggest, POST /api/explain, POST /api/similar, GET /api/search, "
            "GET /api/info, GET /api/stores, GET and POST /api/decisions, POST /api/decisions/NUMBER/undo, "
            "GET and POST /api/tags/changes, POST /api/tags/changes/NUMBER/undo",
        ),
        ("POST", "decisions", b"{}", 422, "kind: required"),
        ("POST", "decisions", b'{"kind": "praise", "tag": "a"}', 422, "kind: must be 'accept', 'reject'"),
        ("POST", "decisions", b'{"kind": "add", "tag": "a"}', 400, "pass either product, or title and description"),
        (
            "POST",
            "decisions",
            b'{"kind": "add", "tag": "a", "product": "?"}',
            400,
            "this product is no longer in the catalogue",
        ),
        ("POST", "decisions", b'{"kind": "add", "tag": " ", "title": "mug"}', 400, "the tag is empty"),
        ("POST", "decisions", b'{"kind": "add", "tag": "' + b"a" * 201 + b'"}', 422, "tag: more than 200 characters"),
        ("POST", "decisions/1/undo", b"{}", 400, "no decision 1"),
        ("POST", "decisions/-1/undo", b"{}", 422, "path.number: must be at least 1"),
        ("POST", "decisions/x/undo", b"{}", 422, "path.number: must be a whole number"),
        ("GET", "decisions?limit=0", b"", 422, "limit: must be at least 1"),
        ("GET", "decisions/..%2fsecrets", b"", 404, "no such request"),
        ("GET", "decisions/secrets.csv", b"", 400, "no such export file; available: decisions.csv, decisions.jsonl"),
        ("GET", "tags", b"", 404, "no such request"),
        ("GET", "search?limit=101", b"", 422, "limit: must be at most 100"),
        ("GET", "search?offset=-1", b"", 422, "offset: must be at least 0"),
        (
            "GET",
            "search?sort=price",
            b"",
            422,
            "sort: must be 'newest', 'oldest', 'title', 'most_tags', 'fewest_tags' or 'relevance'",
        ),
        ("GET", "search?page=1", b"", 422, "page: unknown name"),
        ("GET", "search?q=" + "a" * 201, b"", 422, "q: more than 200 characters"),
    ],
)
def test_a_mistake_gets_one_clear_line(client, method, path, content, status, line):
    headers = {"content-type": "application/json"}
    answer = client.request(method, f"/api/{path}", content=content, headers=headers)
    assert answer.status_code == status
    assert answer.json().keys() == {"error", "code"}
    assert answer.json()["error"].lower().startswith(line.lower())
    assert "\n" not in answer.json()["error"]


def test_a_body_of_unknown_length_is_cut_off_too(client):
    endless = (b" " * 100_000 for _ in range(60))
    answer = client.post("/api/suggest", content=endless, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()) == (
        413,
        {"error": "the request has more than 4,800,000 bytes", "code": "request.too-large"},
    )


def test_hostile_text_of_a_megabyte_comes_back_as_data(client):
    text = "<script>alert(1)</script>" * 3000 + "冰箱 \u202e ' OR 1=1; DROP TABLE products; -- "
    answer = client.post("/api/suggest", json={"title": "冰箱", "description": text + "汉" * 100_000})
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["tags"][0]["tag"]
    assert client.get("/api/search", params={"q": "' OR 1=1; --"}).json()["total"] == 0
    assert client.get("/api/search", params={"tag": "'] OR true --"}).json()["total"] == 0


def test_the_schema_is_served_and_no_page_that_loads_scripts_from_elsewhere(client):
    schema = client.get("/api/openapi.json").json()
    decisions = {"/api/decisions", "/api/decisions/{number}/undo"}
    asked = {"/api/suggest", "/api/explain", "/api/similar", "/api/search", "/api/info", "/api/stores"}
    changes = {"/api/rules", "/api/tags/changes", "/api/tags/changes/{number}/undo"}
    assert schema["paths"].keys() == asked | decisions | changes
    for method in (method for path in schema["paths"].values() for method in path.values()):
        assert method["responses"].keys() == {"200", "default"}
    assert schema["components"]["schemas"]["Mistake"]["required"] == ["error", "code"]
    assert "swagger" not in client.get("/docs").text


@pytest.fixture
def own_client(own_server):
    with httpx.Client(base_url=own_server.url, timeout=60, trust_env=False) as client:
        yield client


def tags_of(client, text):
    return {tag["tag"]: tag for tag in client.post("/api/suggest", json={"text": text, "limit": 100}).json()["tags"]}


def test_a_decision_is_made_shown_in_the_next_suggestion_exported_and_undone(own_client, own_store):
    asked = f"{WASHER} with a quiet motor, a large drum and twelve programmes for every fabric"
    former, former_near = tags_of(own_client, asked), tags_of(own_client, f"{asked}!")
    request = {"kind": "add", "tag": "保温杯", "title": asked, "by": "Ann"}
    made = own_client.post("/api/decisions", json=request).json()
    assert (made["tag"], made["by"], made["undone_at"]) == ("water bottle", "Ann", None)
    now = tags_of(own_client, asked)
    assert now["water bottle"]["accepted"]
    assert now["water bottle"]["evidence"]["decisions"][0]["by"] == "Ann"
    near = tags_of(own_client, f"{asked}!")["water bottle"]
    assert former_near.get("water bottle", {"probability": 0})["probability"] < near["probability"]
    printed = commands.suggest(parse_args(["suggest", str(own_store.folder), asked, "--limit", "100", "--json"]))
    assert json.loads(json.dumps(printed["tags"])) == list(now.values())
    assert own_client.get("/api/decisions").json()["decisions"][0] == made
    exported = own_client.get("/api/decisions/decisions.jsonl")
    assert "attachment" in exported.headers["content-disposition"]
    assert json.loads(exported.text.splitlines()[-1]) == made
    undone = own_client.post(f"/api/decisions/{made['number']}/undo", json={"by": "Ben"}).json()["undone"]
    assert [each["undone_by"] for each in undone] == ["Ben"]
    again = own_client.post("/api/decisions", json=request).json()
    undone = own_client.post(f"/api/decisions/{again['number']}/undo").json()["undone"]
    assert [each["undone_by"] for each in undone] == ["anonymous"], "a request needs no body"
    assert (tags_of(own_client, asked), tags_of(own_client, f"{asked}!")) == (former, former_near)


def test_a_tag_is_renamed_in_the_next_suggestion_and_undoing_restores_the_former_answer(own_client, own_store):
    former = tags_of(own_client, WASHER)
    request = {"kind": "rename", "tag": "洗衣机", "value": " washer\u202e ", "by": "<i>Ann"}
    made = own_client.post("/api/tags/changes", json=request).json()
    assert (made["tag"], made["value"], made["by"], made["undone_at"]) == ("washing machine", "washer", "Ann", None)
    now = tags_of(own_client, WASHER)
    assert now["washer"] == {**former["washing machine"], "tag": "washer", "labels": {"zh": "洗衣机", "en": "washer"}}
    printed = commands.suggest(parse_args(["suggest", str(own_store.folder), WASHER, "--limit", "100", "--json"]))
    assert json.loads(json.dumps(printed["tags"])) == list(now.values())
    assert own_client.get("/api/search", params={"tag": "washer"}).json()["total"] == 36
    assert own_client.get("/api/tags/changes", params={"limit": 1}).json() == {"changes": [made]}
    undone = own_client.post(f"/api/tags/changes/{made['number']}/undo", json={"by": "Ben"}).json()
    assert undone["undone_by"] == "Ben"
    assert tags_of(own_client, WASHER) == former
    again = own_client.post(f"/api/tags/changes/{made['number']}/undo", json={})
    assert again.status_code == 400
    assert again.json()["error"].endswith("was already undone by Ben")
    wrong = own_client.post("/api/tags/changes", json={"kind": "merge", "tag": "nothing like it", "value": "washer"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "no tag 'nothing like it' in the store")


def test_decisions_are_listed_page_by_page_and_undone_together(own_client, own_store):
    judged = [DecisionDraft("add", product, "on sale", "Ann") for product in own_store.catalogue.products()[:3]]
    with Store.writer(own_store.folder) as store:
        made = store.decisions.decide(judged)
    listed = own_client.get("/api/decisions", params={"limit": 2}).json()
    following = own_client.get("/api/decisions", params={"limit": 2, "offset": 2}).json()
    assert listed["total"] == following["total"] >= 3
    found = [each["number"] for each in (*listed["decisions"], *following["decisions"])]
    assert found[:3] == [each.number for each in reversed(made)]
    undone = own_client.post(f"/api/decisions/{made[0].number}/undo", json={"together": True}).json()["undone"]
    assert {each["number"] for each in undone} == {each.number for each in made}
    assert own_client.get("/api/search", params={"tag": "on sale"}).json()["total"] == 0


def test_a_decision_on_a_product_changes_its_tags_and_undoing_puts_them_back(own_client):
    product = own_client.get("/api/search", params={"q": "washing", "limit": 1}).json()["products"][0]
    request = {"kind": "remove", "tag": product["tags"][0], "product": product["id"], "by": "<script>1</script>Ann"}
    made = own_client.post("/api/decisions", json=request).json()
    assert made["by"] == "Ann"

    def tags():
        return own_client.get("/api/search", params={"q": product["title"][:150]}).json()["products"][0]["tags"]

    assert tags() == product["tags"][1:]
    history = own_client.get("/api/decisions", params={"product": product["id"]}).json()
    assert history["decisions"][0] == made
    own_client.post(f"/api/decisions/{made['number']}/undo", json={})
    assert tags() == product["tags"]


@pytest.mark.parametrize("path", ["decisions", "decisions/1/undo", "tags/changes", "tags/changes/1/undo"])
def test_what_another_sites_page_has_a_browser_send_changes_nothing(client, path):
    for said in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}, {"origin": "http://evil.example"}):
        answer = client.post(f"/api/{path}", headers=said)
        assert answer.status_code == 403
        assert answer.json()["code"] == "request.other-site"
    own = {"origin": str(client.base_url).rstrip("/")}
    for said in (own, {**own, "sec-fetch-site": "same-origin"}, {"origin": "null", "sec-fetch-site": "none"}):
        assert client.post(f"/api/{path}", headers=said).status_code in (400, 422)

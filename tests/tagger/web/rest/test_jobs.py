import json

import pytest

FILE = "sku,name\n1,全自动洗衣机 静音\n2,Stainless steel water bottle\n3,\n"


def submit(rest, content=FILE, name="products.csv", **fields):
    return rest.post(
        "/v1/jobs", files={"file": (name, content.encode())}, data={"id": "sku", "title": "name", **fields}
    )


def test_a_file_is_tagged_in_the_background_and_its_result_fetched(own_rest):
    job = submit(own_rest, limit=3)
    assert job.status_code == 202
    id = job.json()["id"]
    with own_rest.stream("GET", f"/v1/jobs/{id}/events") as events:
        seen = [line for line in events.iter_lines() if line]
    assert seen[-2] == "event: done"
    last = json.loads(seen[-1].removeprefix("data: "))
    assert (last["state"], last["done"]) == ("done", 2)
    lines = own_rest.get(f"/v1/jobs/{id}/results/tagged.jsonl").text.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ["1", "2"]
    assert "washing machine" in json.loads(lines[0])["tags"]
    rejects = own_rest.get(f"/v1/jobs/{id}/results/tagged.jsonl.rejects.jsonl").text.splitlines()
    assert len(rejects) == 1
    assert own_rest.delete(f"/v1/jobs/{id}").json()["state"] == "done"


def test_taggers_are_evaluated_on_a_file(own_rest):
    rows = [f"New washing machine number {place},washing machine" for place in range(3)]
    id = submit(own_rest, "name,labels\n" + "\n".join(rows), kind="evaluate", id="", tags="labels").json()["id"]
    with own_rest.stream("GET", f"/v1/jobs/{id}/events") as events:
        assert [line for line in events.iter_lines() if line][-2] == "event: done"
    evaluation = own_rest.get(f"/v1/jobs/{id}/evaluation").json()
    assert evaluation["n"] == 3
    assert 0 <= evaluation["systems"]["fused"]["micro_f1"] <= 1
    assert own_rest.get("/v1/evaluation").json()["n"] > 10


@pytest.mark.parametrize(
    ("content", "name", "fields", "code"),
    [
        ("", "products.csv", {}, "upload.empty"),
        (FILE, "../../products.exe", {}, "upload.kind"),
        (FILE, "", {}, "request.field"),
        (FILE, "products.csv", {"title": "no such column"}, "upload.no-column"),
        ("\0\1", "products.csv", {}, "upload.not-text"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(own_rest, content, name, fields, code):
    answer = submit(own_rest, content, name, **fields)
    assert (answer.status_code in (400, 422), answer.json()["code"]) == (True, code)


@pytest.mark.parametrize("id", ["tag-AAAAAAAAAAAAAAAAAAAAAA", "evaluate-../../x", "x", "tag-.."])
def test_a_job_that_there_is_not_is_no_file_either(own_rest, id):
    for path in ("", "/results/tagged.jsonl", "/results/..%2Fjob.json", "/evaluation", "/events"):
        assert own_rest.get(f"/v1/jobs/{id.replace('/', '%2F')}{path}").status_code in (400, 404)

"""Decisions, tags, rules and idempotent writes."""

TEXT = "全自动洗衣机 静音 with a large drum"


def tags_of(rest, text):
    return [
        each["tag"] for each in rest.post("/v1/suggest", json={"text": text, "limit": 30, "brief": True}).json()["tags"]
    ]


def test_a_decision_shows_in_the_next_suggestion_and_can_be_undone(own_rest):
    before = tags_of(own_rest, TEXT)
    assert tags_of(own_rest, TEXT) == before
    made = own_rest.post("/v1/decisions", json={"kind": "add", "tag": "保温杯", "title": TEXT, "by": "Ann"})
    assert made.status_code == 201
    assert tags_of(own_rest, TEXT)[0] == "water bottle" != before[0]
    listed = own_rest.get("/v1/decisions", params={"limit": 1}).json()
    assert listed["decisions"][0] == made.json()
    undone = own_rest.post(f"/v1/decisions/{made.json()['number']}/undo", json={"by": "Ben"}).json()["undone"]
    assert [each["undone_by"] for each in undone] == ["Ben"]
    assert tags_of(own_rest, TEXT) == before


def test_decisions_have_pages(own_rest):
    for place in range(3):
        own_rest.post("/v1/decisions", json={"kind": "accept", "tag": "kettle", "title": f"Kettle {place}"})
    first = own_rest.get("/v1/decisions", params={"limit": 2}).json()
    second = own_rest.get("/v1/decisions", params={"limit": 2, "cursor": first["next"]}).json()
    numbers = [each["number"] for each in (*first["decisions"], *second["decisions"])]
    assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))


def test_a_write_with_the_same_key_is_done_once(own_rest):
    total = own_rest.get("/v1/decisions").json()["total"]
    body, headers = {"kind": "accept", "tag": "kettle", "title": "Idempotent kettle"}, {"idempotency-key": "abc"}
    first = own_rest.post("/v1/decisions", json=body, headers=headers)
    again = own_rest.post("/v1/decisions", json=body, headers=headers)
    assert again.json() == first.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    other = own_rest.post("/v1/decisions", json={**body, "by": "Ben"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "request.idempotency-other")
    long = own_rest.post("/v1/decisions", json=body, headers={"idempotency-key": "k" * 201})
    assert (long.status_code, long.json()["code"]) == (400, "request.idempotency-key")
    assert own_rest.get("/v1/decisions").json()["total"] == total + 1
    wrong = own_rest.post("/v1/decisions", json={"kind": "add"}, headers={"idempotency-key": "def"})
    assert (
        own_rest.post("/v1/decisions", json={"kind": "add"}, headers={"idempotency-key": "def"}).json() == wrong.json()
    )


def test_a_tag_has_names_and_gets_others(own_rest):
    entry = own_rest.get("/v1/tags/洗衣机").json()
    assert entry["tag"] == "washing machine"
    assert entry["products"] > 10
    change = {"kind": "alias", "tag": "洗衣机", "value": "laundry robot", "lang": "en"}
    made = own_rest.post("/v1/tags/changes", json=change)
    assert made.status_code == 201
    assert own_rest.get("/v1/tags/laundry robot").json()["tag"] == "washing machine"
    assert own_rest.get("/v1/tags/changes").json()["changes"][0] == made.json()
    own_rest.post(f"/v1/tags/changes/{made.json()['number']}/undo", json={})
    gone = own_rest.get("/v1/tags/laundry robot")
    assert (gone.status_code, gone.json()["code"]) == (404, "tag.unknown")


def test_the_vocabulary_has_pages_the_most_frequent_tags_first(rest):
    seen, cursor = [], ""
    while cursor is not None:
        page = rest.get("/v1/vocabulary", params={"limit": 40, **({"cursor": cursor} if cursor else {})}).json()
        seen += page["tags"]
        cursor = page.get("next")
    assert len({each["tag"] for each in seen}) == len(seen) == page["total"]
    counts = [each["products"] for each in seen]
    assert counts == sorted(counts, reverse=True)
    assert [each["tag"] for each in rest.get("/v1/vocabulary", params={"q": "洗衣机"}).json()["tags"]]


def test_rules_are_changed_one_by_one(own_rest):
    before = own_rest.get("/v1/rules").json()
    changed = own_rest.patch("/v1/rules", json={"deny": ["washing machine"]}).json()
    assert changed == {**before, "deny": ["washing machine"]}
    assert "washing machine" not in tags_of(own_rest, TEXT)
    own_rest.patch("/v1/rules", json={"deny": []})
    assert "washing machine" in tags_of(own_rest, TEXT)


def test_the_store_is_described(rest, store):
    info = rest.get("/v1/info").json()
    assert info["products"] == store.catalogue.count()
    assert str(store.folder.parent) not in str(info)
    assert rest.get("/v1/stores").json() == {"stores": ["shop"], "default": "shop"}

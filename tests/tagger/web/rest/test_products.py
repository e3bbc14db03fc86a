import pytest


def pages(rest, **asked):
    cursor, found = "", []
    while True:
        page = rest.get("/v1/products", params={**asked, **({"cursor": cursor} if cursor else {})}).json()
        found += page["products"]
        if not (cursor := page.get("next")):
            return found


@pytest.mark.parametrize("sort", ["oldest", "newest", "title", "relevance"])
def test_pages_hold_every_product_once(rest, store, sort):
    listed = [each["id"] for each in pages(rest, sort=sort, limit=50)]
    assert len(listed) == len(set(listed)) == store.catalogue.count()


def test_a_list_is_filtered_by_words_tags_and_properties(rest):
    found = pages(rest, q="washing", tag="洗衣机", lang="en", limit=7)
    assert len(found) > 7
    assert all(each["lang"] == "en" and "washing machine" in each["tags"] for each in found)
    assert rest.get("/v1/products", params={"tagged": False}).json()["total"] == 0


def test_a_product_that_is_written_meanwhile_moves_no_other_to_another_page(own_rest):
    ids = [each["id"] for each in pages(own_rest, limit=100)]
    first = own_rest.get("/v1/products", params={"limit": 10}).json()
    own_rest.put(f"/v1/products/{ids[2]}", json={"title": "写在中间的商品"})
    own_rest.delete(f"/v1/products/{ids[5]}")
    rest_of_it = [each["id"] for each in pages(own_rest, limit=100) if each["id"] not in ids[:10]]
    following = own_rest.get("/v1/products", params={"limit": 10, "cursor": first["next"]}).json()["products"]
    assert [each["id"] for each in following] == ids[10:20] == rest_of_it[:10]


@pytest.mark.parametrize("cursor", ["x", "WzEsMl0", "e30", "W1tdLCIiXQ", "%00"])
def test_a_cursor_that_is_none_is_refused(rest, cursor):
    answer = rest.get("/v1/products", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.cursor")


def test_a_cursor_of_other_filters_is_refused(rest):
    cursor = rest.get("/v1/products", params={"limit": 1}).json()["next"]
    assert rest.get("/v1/products", params={"cursor": cursor, "lang": "zh"}).status_code == 400


def test_a_product_is_written_read_replaced_and_deleted(own_rest):
    path = "/v1/products/sku%2F1 x"
    made = own_rest.put(path, json={"title": "Steel kettle 1.7 L", "tags": ["kettle"]})
    assert made.status_code == 201
    read = own_rest.get(path)
    assert (
        read.json()
        == made.json()
        == {
            "id": "sku/1 x",
            "title": "Steel kettle 1.7 L",
            "description": "",
            "lang": "en",
            "tags": ["kettle"],
            "translations": [],
        }
    )
    etag = read.headers["etag"]
    assert made.headers["etag"] == etag
    assert own_rest.get(path, headers={"if-none-match": etag}).status_code == 304
    again = own_rest.put(path, json={"title": "Kettle"}, headers={"if-none-match": "*"})
    assert (again.status_code, again.json()["code"]) == (412, "product.exists")
    other = own_rest.put(path, json={"title": "Kettle"}, headers={"if-match": etag})
    assert other.status_code == 200
    late = own_rest.put(path, json={"title": "Pot"}, headers={"if-match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "product.changed")
    assert own_rest.get(path).json()["title"] == "Kettle"
    assert own_rest.delete(path).status_code == 204
    assert own_rest.get(path).status_code == own_rest.delete(path).status_code == 404


def test_several_products_are_written_at_once_and_a_wrong_one_is_named(own_rest):
    products = [{"id": f"many-{place}", "title": f"Kettle {place}"} for place in range(5)]
    products[2]["title"] = "<br>"
    answer = own_rest.post("/v1/products", json={"products": products}).json()
    assert answer["accepted"] == 4
    [rejected] = answer["rejected"]
    assert rejected["position"] == 3
    assert rejected["problem"]["code"].startswith("row.")
    assert [own_rest.get(f"/v1/products/many-{place}").status_code for place in range(5)] == [200, 200, 404, 200, 200]
    for place in range(5):
        own_rest.delete(f"/v1/products/many-{place}")


def test_search_and_similar_find_products(rest):
    found = rest.get("/v1/search", params={"q": "washing", "limit": 2}).json()
    assert found["total"] > 2
    near = rest.post("/v1/similar", json={"id": found["products"][0]["id"], "limit": 3}).json()["products"]
    assert len(near) == 3
    assert near[0]["similarity"] >= near[1]["similarity"]

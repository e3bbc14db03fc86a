import json
import time

import pytest

from index.files.html_page import Texts, is_page, product_in, texts_of
from index.product import make_product

PAGE = """<!-- made by a shop -->
<!DOCTYPE html>
<html><head>
<title>Our shop | Steel mug</title>
<script>var price = "<h1>12</h1>";
</script>{head}</head>
<body><header><h1>Our shop</h1></header><nav>Home Sale</nav>
<main><h1>Steel <b>mug</b></h1>
<p>Keeps drinks <em>hot</em>.</p><ul><li>500 ml</li><li>red &amp; blue</li></ul>
<form>Add to cart</form><aside>Others bought</aside><script>track()</script></main>
<footer>Imprint</footer></body></html>"""
WRITTEN = Texts("Steel mug", "Keeps drinks hot.\n500 ml\nred & blue")


def page(head=""):
    return PAGE.replace("<header><h1>Our shop</h1></header>", "").replace("{head}", head)


def linked(data):
    return f'<script type="application/ld+json">{data if isinstance(data, str) else json.dumps(data)}</script>'


@pytest.mark.parametrize(
    "text",
    [page(), "  <HTML lang=zh><p>a", "<head><title>a</title>", "<!-- a --> <!-- b --><body>", "<!doctype  HTML>"],
)
def test_the_source_of_a_page_is_known_by_its_beginning(text):
    assert is_page(text)


@pytest.mark.parametrize("text", ["", "<b>Steel</b> mug", "mug <html>", "<header>", "<!doctype svg>", "<!-- <html>"])
def test_a_text_with_some_markup_is_no_page(text):
    assert not is_page(text)


def test_the_heading_and_the_main_part_are_read_without_what_stands_on_every_page():
    assert texts_of(page()) == WRITTEN


def test_without_a_main_part_all_of_the_body_is_read():
    source = "<html><title>Mug</title><body><nav>Home</nav><div>Steel</div><div>red</div>"
    assert texts_of(source) == ("Mug", "Steel\nred")


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "Product", "name": " 保温杯 ", "description": "不锈钢"},
        [
            {"@type": "Organization", "name": "shop"},
            {"@type": ["Thing", "Product"], "name": "保温杯", "description": "不锈钢"},
        ],
        {
            "@graph": [
                {"@type": "WebPage", "mainEntity": {"@type": "Product", "name": "保温杯", "description": "不锈钢"}}
            ]
        },
    ],
)
def test_what_the_page_says_of_its_product_in_json_comes_first(data):
    assert texts_of(page(linked("{not json") + linked(data))) == ("保温杯", "不锈钢")


def test_open_graph_fills_what_the_json_leaves_out():
    head = '<meta property="og:title" content="Mug"><meta name="description" content="For tea">'
    assert texts_of(page(head)) == ("Mug", "For tea")
    assert texts_of(page(head + linked({"@type": "Product", "name": "保温杯", "description": 7}))) == (
        "保温杯", "For tea"
    )  # fmt: skip


def test_a_page_that_says_nothing_has_no_product():
    assert texts_of("<html><body><script>a()</script>") == ("", "")
    assert texts_of("<!doctype html>") == ("", "")


def test_a_product_is_read_out_of_a_page_or_out_of_a_text():
    assert product_in(page()) == make_product(*WRITTEN)
    assert product_in("<b>Steel</b> mug").title == "Steel mug"
    assert product_in("\n冰箱\n节能, 静音\n大容量\n") == make_product("冰箱", "节能, 静音\n大容量")


@pytest.mark.parametrize(
    "source",
    [
        "<html>" + "<a " * 60_000,
        "<html>" + linked("[" * 150_000),
        "<html>" + linked('{"a":' * 900 + '{"@type":"Product","name":1}' + "}" * 900),
        "<html" + "<!--" * 49_000,
        "<html><main>" + "<p><b>" * 30_000,
    ],
    ids=["tags", "deep", "nested", "comments", "formatting"],
)
def test_a_hostile_page_is_read_in_little_time(source):
    start = time.thread_time()
    assert is_page(source) or source.startswith("<html<")
    assert texts_of(source).title == ""
    assert time.thread_time() - start < 10

import pytest

from index.errors import BadInput
from index.files.columns import Columns
from index.files.dialects.base import Dialect
from index.files.dialects.locales import localised
from index.files.dialects.recognition import DIALECTS, dialect_named, recognise


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        (("id", "title", "tags"), "plain"),
        (("sku", "name", "type", "published", "tags"), "plain"),
        (("商品名称", "商品编号", "标签"), "plain"),
        (("id", "title", "price", "brand", "tags"), "plain"),
        (("Handle", "Title", "Vendor"), "shopify"),
        (("Type", "Name", "SKU", "Attribute 1 name"), "woocommerce"),
        (("sku", "name", "additional_attributes"), "magento"),
        (("商品名称", "京东价"), "chinese-shops"),
    ],
)  # fmt: skip
def test_a_dialect_is_recognised_by_what_only_it_has(columns: tuple[str, ...], name: str) -> None:
    assert recognise(columns, []).name == name


def test_the_more_usual_columns_a_file_has_the_surer_its_dialect_is() -> None:
    shopify = dialect_named("Shopify")
    few = shopify.recognise(["Handle", "Title", "Vendor"], [])
    # Of ten usual columns there is one; the rest of the certainty is theirs.
    assert few == pytest.approx(0.6 + 0.4 * 1 / 10)
    assert few < shopify.recognise(["Handle", "Title", "Vendor", "Tags", "Body (HTML)"], [])
    assert shopify.recognise(["Handle", "Vendor"], []) == 0


def test_an_unknown_dialect_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(BadInput, match="no format 'shopifi'; available: shopify, "):
        dialect_named("shopifi")


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_dialect_reads_a_row_that_lacks_its_columns(dialect: Dialect) -> None:
    reading = dialect.read(["title", "tags"], Columns({"title": "title", "tags": "tags"}))
    record = reading.record([{"title": "Mug", "tags": "a"}])
    assert record["title"] == "Mug"
    assert "tags" in reading.fields
    assert reading.used == {"title", "tags"}


@pytest.mark.parametrize(
    ("column", "base", "lang"),
    [
        ("name-zh_CN", "name", "zh"),
        ("name-en_US", "name", "en"),
        ("description-fr_FR-ecommerce", "description", "other"),
        ("title_en", "title", "en"),
        ("Title (zh-Hant)", "title", "zh"),
        ("title:cn", "title", "zh"),
    ],
)
def test_a_column_may_say_its_language(column: str, base: str, lang: str) -> None:
    found = localised(column)
    assert found
    assert (found.base, found.lang, found.column) == (base, lang, column)


@pytest.mark.parametrize("column", ["title", "product_id", "seen", "en", "name_xx"])
def test_other_columns_say_none(column: str) -> None:
    assert localised(column) is None


def test_a_cell_that_only_one_shop_writes_makes_up_for_missing_columns() -> None:
    columns = ["sku", "name", "categories"]
    assert recognise(columns, [{"categories": "Outdoor/Rugs"}]).name == "plain"
    assert recognise(columns, [{"categories": "Default Category/Outdoor"}]).name == "magento"

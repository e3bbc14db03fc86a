from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.catalogue.tag_edit import TagChange, TagEdit
from index.catalogue.tag_edit_log import EditLog
from index.catalogue.tag_queries import Slice, TagNaming
from index.errors import BadInput
from index.product import Product

MUGS = [
    Product("1", "mug", "", "en", ("mug", "kitchen")),
    Product("2", "mugs", "", "en", ("mugs", "mug", "junk")),
    Product("3", "mugs", "", "en", ("mugs",)),
    Product("4", "lamp", "", "en", ("lamp", "junk")),
]
NAMING = TagNaming({"mugs": "mug", "junk": ""}, {"mug": "kind"})


def test_a_catalogue_of_before_has_no_changes(catalogue: Catalogue) -> None:
    assert catalogue.edits.all() == []
    with pytest.raises(BadInput, match="no tag edit 1"):
        catalogue.edits.undo(1, "Ann")


def test_a_change_says_what_when_and_who_and_what_is_undone_stays_in_the_record(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    before = datetime.now(UTC)
    made = catalogue.edits.add(TagChange("label", "mug", "杯 '; DROP TABLE tag_edits", "zh", "Ann"))
    assert before <= made.at <= datetime.now(UTC)
    assert made == TagEdit(1, "label", "mug", "杯 '; DROP TABLE tag_edits", "zh", "Ann", made.at)
    other = catalogue.edits.add(TagChange("delete", "lamp"))
    assert (other.number, other.by) == (2, "anonymous")
    undone = catalogue.edits.undo(1, "Ben")
    assert (undone.undone_by, undone.number) == ("Ben", 1)
    again = EditLog(Database(tmp_path / "catalogue.duckdb"))
    assert again.all() == [undone, other]
    assert again.active() == [other]
    with pytest.raises(BadInput, match="tag edit 1 was already undone by Ben"):
        again.undo(1, "Ann")


def test_tags_are_counted_under_the_names_of_now(catalogue: Catalogue) -> None:
    catalogue.upsert(MUGS)
    assert catalogue.tag_counts() == {"junk": 2, "mug": 2, "mugs": 2, "kitchen": 1, "lamp": 1}
    assert list(catalogue.tag_counts(NAMING).items()) == [("mug", 3), ("kitchen", 1), ("lamp", 1)]
    assert NAMING.read(MUGS[1].tags) == ("mug",)


def test_a_tags_portrait_has_its_products_its_company_and_the_order_in_which_they_came(catalogue: Catalogue) -> None:
    catalogue.upsert(MUGS)
    found = catalogue.portrait("mug", NAMING, limit=2)
    assert (found.count, [each.id for each in found.products]) == (3, ["3", "2"])
    assert found.together == {"kitchen": 1}
    assert found.slices == [Slice(1, 1), Slice(1, 1), Slice(1, 1), Slice(1, 0)]
    stored = catalogue.portrait("mug", limit=5)
    assert (stored.count, stored.together) == (2, {"junk": 1, "kitchen": 1, "mugs": 1})
    assert catalogue.portrait("junk", NAMING, limit=5).count == 0
    nothing = catalogue.portrait("'; DROP TABLE products", limit=5)
    assert (nothing.count, nothing.products, nothing.together) == (0, [], {})


def test_a_portrait_of_an_empty_catalogue_is_empty(catalogue: Catalogue) -> None:
    assert catalogue.portrait("mug", NAMING, limit=5).slices == []

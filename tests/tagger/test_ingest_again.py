"""What becomes of rows without products, and of tags that a store has already; the store is real."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import BadInput
from index.progress import silent
from index.store import Store
from tagger.ingest import Ingested, ingest, ingest_records

Take = Callable[..., Ingested]


@pytest.fixture
def take(tmp_path: Path) -> Take:
    """Write a file and ingest it into the same store each time."""

    def taken(content: str, tags: str = "", *, name: str = "a.csv") -> Ingested:
        (tmp_path / name).write_text(content, "utf-8")
        with Store.writer(tmp_path / "store", create=True) as store:
            return ingest(store, [tmp_path / name], silent, tags=tags)  # type: ignore[arg-type]

    return taken


@pytest.fixture
def stored(tmp_path: Path) -> Callable[[], dict[str, tuple[str, ...]]]:
    """Return the tags in the store by id."""
    return lambda: {each.id: each.tags for each in Store.open(tmp_path / "store").catalogue.products()}


Stored = Callable[[], dict[str, tuple[str, ...]]]

FIRST = "id,title,tags\n1,Mug,a|b\n2,Jug,\n"


def test_a_file_without_tags_leaves_those_in_the_store_alone_and_says_so(take: Take, stored: Stored) -> None:
    assert take(FIRST).files[0]["stored_tags"] == "replace"
    assert take("id,title,price\n1,Blue mug,5\n3,Pan,6\n").files[0]["stored_tags"] == "keep"
    assert stored() == {"1": ("a", "b"), "2": (), "3": ()}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ("", {"1": ("b", "c"), "2": (), "3": ("d",)}),
        ("replace", {"1": ("b", "c"), "2": (), "3": ("d",)}),
        ("append", {"1": ("a", "b", "c"), "2": ("x",), "3": ("d",)}),
        ("keep", {"1": ("a", "b"), "2": ("x",), "3": ("d",)}),
    ],
)
def test_tags_in_a_file_replace_stored_ones_or_are_added_or_left_out(
    take: Take, stored: Stored, tags: str, expected: dict[str, tuple[str, ...]]
) -> None:
    take("id,title,tags\n1,Mug,a|b\n2,Jug,x\n")
    report = take("id,title,tags\n1,Mug,b|c\n2,Jug,\n3,Pan,d\n", tags).files[0]
    assert stored() == expected
    assert report["stored_tags"] == (tags or "replace")


@pytest.mark.parametrize("tags", ["", "append", "keep", "replace"])
def test_rows_of_one_product_count_together_whatever_happens_to_stored_tags(
    take: Take, stored: Stored, tags: str
) -> None:
    take("title,tag\nMug,a\nJug,x\nMug,b\n", tags)
    assert sorted(stored().values()) == [("a", "b"), ("x",)]


def test_a_record_without_tags_leaves_those_in_the_store_alone(tmp_path: Path, stored: Stored) -> None:
    with Store.writer(tmp_path / "store", create=True) as store:
        ingest_records(
            store, [{"id": "1", "title": "Mug", "tags": ["a"]}, {"id": "2", "title": "Jug", "tags": ["x"]}], silent
        )
        ingest_records(store, [{"id": "1", "title": "Blue mug"}, {"id": "2", "title": "Jug", "tags": []}], silent)
    assert stored() == {"1": ("a",), "2": ()}


def test_a_file_without_a_title_is_refused_with_its_columns_and_a_mapping(take: Take, tmp_path: Path) -> None:
    with pytest.raises(
        BadInput, match=r'a\.csv: no column.*columns: nr, Product label, price.*--map "title=Product label"'
    ):
        take("nr,Product label,price\n1,Mug,5\n")
    assert (
        not (tmp_path / "store" / "catalogue.duckdb").exists() or not Store.open(tmp_path / "store").catalogue.count()
    )


def test_a_file_without_any_product_is_refused_with_the_first_reason(take: Take, stored: Stored) -> None:
    with pytest.raises(
        BadInput, match=r"a\.csv: none of the rows.*line 2: title and description are both empty.*title, tags"
    ):
        take("title,tags\n,a\n,b\n")
    assert stored() == {}
    assert take("title,tags\n,a\nMug,b\n").rejected == 1


def test_the_tags_of_a_product_that_comes_again_are_spelled_as_in_the_store(take: Take, stored: Stored) -> None:
    take(FIRST)
    take("id,title,tags\n1,Mug,A|C\n", "append")
    assert stored()["1"] == ("a", "b", "C")

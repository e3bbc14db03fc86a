# ruff: noqa: E501
"""Tags go back into the file that they came in; the catalogue is real, no models are needed."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import BadInput, BadSetting
from index.files.columns import Columns
from index.files.product_reader import read_products
from index.files.readers.options import ReadingOptions
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger import Tagger
from tagger.ingest import ingest
from tagger.jobs.export import export_like, export_products
from tagger.jobs.write_back import Choice, WriteBack, write_back_to
from tagger.vocabulary import Entry, Vocabulary

# Files in many dialects, each with products of its own.
DIALECTS = {
    "plain.csv": b"id,title,tags\r\n1,Mug,a|b\r\n2,Jug,\r\n",
    "commas.csv": b"Title,Body (HTML),Tags,Price\nMug,<p>Blue</p>,\"linen, summer\",5\nJug,,\"wool, summer\",6.50\n",
    "excel.csv": "sep=;\r\ntitel;title;Tags\r\nx;Größe 1½;\"a;b\"\r\n".encode("utf-8-sig"),
    "gb.csv": "商品标题,标签\n双层玻璃咖啡杯，保温耐热，送礼佳品,杯子、厨房\n不锈钢水壶，家用厨房电热水壶,水壶、厨房\n".encode("gb18030"),
    "wide.tsv": "id\ttitle\ttags\n1\tMug 5\"\t#a #b\n2\tJug\t#c\n".encode("utf-16"),
    "long.csv": b"title,tag\nMug,a\nMug,b\nJug,c\n",
    "lines.jsonl": b'{"id":1,"title":"Mug","tags":["a","b"],"price":1.50}\n{"id":2,"title":"Jug","tags":"x, y"}\n',
    "document.json": json.dumps({"items": [{"name": "Mug", "tags": [{"name": "a"}]}, {"name": "Jug"}]}, indent=3).encode(),
    "escaped.jsonl": b'{"title": "\\u676f", "tags": ["\\u5bb6"]}\n',
    "no-tags.csv": b"sku,name,price\nx1,Mug,5\nx2,Jug,6\n",
    "quoted.csv": b'"title","tags","more"\n"A ""big"" mug","","x"\n"Jug","=a","y"\n',
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Store:
    with Store.writer(tmp_path / "shop", create=True):
        pass
    return Store.open(tmp_path / "shop")


def take(shop: Store, *paths: Path, vocabulary: Vocabulary | None = None) -> None:
    with Store.writer(shop.folder) as store:
        ingest(store, paths, silent, vocabulary=vocabulary)


def set_tags(shop: Store, tags: dict[str, tuple[str, ...]]) -> None:
    """Give products, by title, other tags in the store."""
    with Store.writer(shop.folder) as store:
        store.catalogue.upsert(
            [
                Product(each.id, each.title, each.description, each.lang, tags.get(each.title, each.tags))
                for each in store.catalogue.products()
            ]
        )


def tags_in(path: Path) -> dict[str, tuple[str, ...]]:
    found = [each.outcome for each in read_products([path])]
    return {each.title: each.tags for each in found if isinstance(each, Product)}


@pytest.mark.parametrize(("name", "content"), DIALECTS.items(), ids=DIALECTS)
def test_what_was_ingested_goes_out_as_it_came_and_in_again(
    tmp_path: Path, shop: Store, name: str, content: bytes
) -> None:
    source, out = tmp_path / name, tmp_path / f"out-{name}"
    source.write_bytes(content)
    take(shop, source)
    before = shop.catalogue.products()
    assert before
    export_like(shop, source, out)
    assert out.read_bytes() == content
    take(shop, out)
    assert shop.catalogue.products() == before


@pytest.mark.parametrize(("name", "content"), DIALECTS.items(), ids=DIALECTS)
def test_other_tags_of_the_store_are_in_the_file_and_are_read_from_it(
    tmp_path: Path, shop: Store, name: str, content: bytes
) -> None:
    source, out = tmp_path / name, tmp_path / f"out-{name}"
    source.write_bytes(content)
    take(shop, source)
    set_tags(shop, {each.title: (*each.tags[1:], "new, bright", "x") for each in shop.catalogue.products()})
    changed = shop.catalogue.products()
    export_like(shop, source, out)
    with Store.writer(tmp_path / "other", create=True) as other:
        ingest(other, [out], silent)
        assert [(each.id, set(each.tags)) for each in other.catalogue.products()] == [
            (each.id, set(each.tags)) for each in changed
        ]
    take(shop, out)
    assert [(each.id, set(each.tags)) for each in shop.catalogue.products()] == [
        (each.id, set(each.tags)) for each in changed
    ]


def test_rows_that_are_no_products_and_products_of_other_files_change_nothing(tmp_path: Path, shop: Store) -> None:
    (tmp_path / "other.csv").write_text("id,title,tags\n9,Pan,z\n")
    content = "id,title,tags\n1,Mug,a\n2,,b\nbroken,row,with,cells\n3,Jug,c\n"
    (tmp_path / "a.csv").write_text(content)
    take(shop, tmp_path / "a.csv", tmp_path / "other.csv")
    set_tags(shop, {"Jug": ("c", "d")})
    done = export_like(shop, tmp_path / "a.csv", tmp_path / "out.csv")
    assert done.products == 2
    assert (tmp_path / "out.csv").read_text() == content.replace("3,Jug,c", "3,Jug,c|d")


def test_labels_are_written_in_the_language_that_is_asked_for(tmp_path: Path, shop: Store) -> None:
    vocabulary = Vocabulary(
        [Entry("mug", "kind", {"zh": ("马克杯",), "en": ("Mug",)}), Entry("red", "", {"zh": ("红色",)})]
    )
    (tmp_path / "a.csv").write_text("id,title,tags\n1,Steel mug,马克杯\n2,Red mug,\n")
    take(shop, tmp_path / "a.csv", vocabulary=vocabulary)
    set_tags(shop, {"Red mug": ("mug", "red")})

    def written(**how: str) -> list[str]:
        export_like(shop, tmp_path / "a.csv", tmp_path / "out.csv", back=WriteBack(**how))  # type: ignore[arg-type]
        return [line.split(",", 2)[2] for line in (tmp_path / "out.csv").read_text("utf-8").splitlines()[1:]]

    assert written() == ["马克杯", "mug|red"]
    assert written(language="zh") == ["马克杯", "马克杯|红色"]
    assert written(language="en") == ["马克杯", "Mug|red"]
    assert written(language="en", mode="replace") == ["Mug", "Mug|red"]
    assert written(language="both") == ["马克杯|Mug", "马克杯|Mug|红色|red"]
    assert written(mode="column:suggested") == ["马克杯,mug", ",mug|red"]


def test_a_tag_renamed_in_the_store_has_its_new_name_in_the_file(tmp_path: Path, shop: Store) -> None:
    (tmp_path / "a.csv").write_text("id,title,tags\n1,Steel mug,mug|steel\n2,Cup,cup\n")
    take(shop, tmp_path / "a.csv")
    Tagger.open(shop.folder).vocabulary.rename("mug", "beaker")
    export_like(shop, tmp_path / "a.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "id,title,tags\n1,Steel mug,steel|beaker\n2,Cup,cup\n"


def test_another_kind_of_file_and_an_unknown_way_of_writing_are_refused(tmp_path: Path, shop: Store) -> None:
    (tmp_path / "a.csv").write_text("title,tags\nMug,a\n")
    take(shop, tmp_path / "a.csv")
    with pytest.raises(BadInput, match=r"out\.jsonl"):
        export_like(shop, tmp_path / "a.csv", tmp_path / "out.jsonl")
    with pytest.raises(BadSetting, match="merge"):
        WriteBack("merge")
    with pytest.raises(BadSetting, match="fr"):
        WriteBack(language="fr")  # type: ignore[arg-type]


def test_tags_are_appended_where_the_result_is_the_same_kind_of_table() -> None:
    assert write_back_to(Path("b.CSV"), Path("a.csv.gz"), "", "") == WriteBack("append")
    assert write_back_to(Path("b.jsonl"), Path("a.csv"), "", "") is None
    assert write_back_to(Path("b.jsonl"), Path("a.jsonl"), "", "") is None
    assert write_back_to(Path("b.jsonl"), Path("a.jsonl"), "", "zh") == WriteBack("append", "zh")
    assert write_back_to(Path("b.csv"), Path("a.csv"), "records", "") is None
    assert write_back_to(Path("b.jsonl"), Path("a.jsonl"), "replace", "") == WriteBack("replace")


def test_suggestions_are_chosen_by_acceptance_or_by_probability() -> None:
    record = {
        "tags": ["a", "c"],
        "suggestions": [{"tag": tag, "probability": chance} for tag, chance in (("a", 0.9), ("b", 0.8), ("c", 0.7))],
    }
    assert Choice().tags(record) == ["a", "c"]
    assert Choice(0.8).tags(record) == ["a", "b"]
    assert Choice(0.8, only_accepted=True).tags(record) == ["a"]


def test_a_csv_for_excel_begins_with_a_mark(tmp_path: Path, shop: Store) -> None:
    (tmp_path / "a.csv").write_text("id,title,tags\n1,杯子,a\n")
    take(shop, tmp_path / "a.csv")
    export_products(shop, tmp_path / "out.csv", excel=True)
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfid,title")


CORPUS = Path(__file__).parents[2] / "index/files/dialects/corpus"
WRITABLE = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx")


@pytest.mark.parametrize(
    "name",
    sorted(
        path.name.removesuffix(".json")
        for path in CORPUS.glob("*.*.json")
        if path.name.removesuffix(".json").endswith(WRITABLE)
    ),
)
def test_every_dialect_of_a_shop_goes_out_as_it_came_and_in_again(tmp_path: Path, shop: Store, name: str) -> None:
    if name.endswith(".xlsx"):
        pytest.importorskip("python_calamine")
    said = json.loads((CORPUS / f"{name}.json").read_text("utf-8"))
    if "refused" in said or not said["products"]:
        pytest.skip("the file is refused, or has no products")
    given = said.get("options", {})
    columns = Columns(given.get("map", {}), tuple(given.get("attribute", ())))
    reading = ReadingOptions(**{option: given[option] for option in given if option not in ("map", "attribute")})
    out = tmp_path / f"out-{name}"

    def take_in(path: Path) -> list[Product]:
        with Store.writer(shop.folder) as store:
            ingest(store, [path], silent, columns=columns, reading=reading)
        return shop.catalogue.products()

    before = take_in(CORPUS / name)
    export_like(shop, CORPUS / name, out, columns=columns, reading=reading)
    assert out.read_bytes() == (CORPUS / name).read_bytes()
    assert take_in(out) == before
    changed = {each.id: {*each.tags, "brand-new"} for each in before}
    with Store.writer(shop.folder) as store:
        store.catalogue.upsert([replace(each, tags=(*each.tags, "brand-new")) for each in before])
    export_like(shop, CORPUS / name, out, columns=columns, reading=reading)
    # A column may be read as tags and as attributes.
    assert all(changed[each.id] <= set(each.tags) for each in take_in(out))

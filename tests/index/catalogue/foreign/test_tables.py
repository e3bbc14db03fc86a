from pathlib import Path

import duckdb
import pyarrow.parquet
import pytest

from index.catalogue.foreign.tables import copy_table, is_foreign, shown
from index.errors import BadInput, MissingDependency


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "shop's.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE products (id INTEGER, name VARCHAR, tags VARCHAR[])")
        connection.execute("INSERT INTO products VALUES (1, 'Steel mug', ['mug', 'steel'])")
        connection.execute("CREATE TABLE orders (id INTEGER)")
        connection.execute('CREATE SCHEMA old; CREATE TABLE old."the ""best""" (id INTEGER, price INTEGER)')
    return path


@pytest.mark.parametrize(("table", "columns"), [("", ["id", "name", "tags"]), ('old.the "best"', ["id", "price"])])
def test_a_table_of_a_duckdb_file_is_copied(database: Path, tmp_path: Path, table: str, columns: list[str]) -> None:
    copy_table(str(database), table, tmp_path / "out.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "out.parquet").column_names == columns


def test_a_wrong_table_is_refused_with_those_that_there_are(database: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r'available: old\.the "best", orders, products'):
        copy_table(str(database), "goods", tmp_path / "out.parquet")


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.duckdb").write_bytes(b"x" * 5000)
    with pytest.raises(BadInput, match="cannot be read as a database"):
        copy_table(str(tmp_path / "a.duckdb"), "", tmp_path / "out.parquet")
    with pytest.raises(BadInput, match=r"b\.duckdb"):
        copy_table(str(tmp_path / "b.duckdb"), "", tmp_path / "out.parquet")


@pytest.mark.parametrize("scheme", ["postgres", "mysql"])
def test_a_server_needs_an_extension_that_is_there(tmp_path: Path, scheme: str) -> None:
    with duckdb.connect() as connection:
        sql = "SELECT installed FROM duckdb_extensions() WHERE extension_name LIKE ?"
        if connection.execute(sql, [f"{scheme}%"]).fetchone() == (True,):
            pytest.skip("the extension is installed")
    with pytest.raises(MissingDependency, match=f"DuckDB has no extension {scheme} on this machine") as caught:
        copy_table(f"{scheme}://me:secret@localhost/shop", "", tmp_path / "out.parquet")
    assert "secret" not in str(caught.value)


def test_sources_are_told_by_their_names() -> None:
    assert is_foreign("shop.DUCKDB")
    assert is_foreign("postgresql://me@host/shop")
    assert not is_foreign("shop.csv")
    assert not is_foreign("https://example.com/shop.csv")
    assert shown("mysql://me:pa@ss@host/shop") == "mysql://me@host/shop"

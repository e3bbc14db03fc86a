import pytest

from index.errors import BadInput, BadSetting, MissingArtifact
from index.product import make_product
from index.store import Store
from tagger.cli.parser import parse_args


def run(command, *arguments):
    options = parse_args([command, *map(str, arguments), "--json"])
    return options.run(options)


@pytest.fixture
def folder(tmp_path):
    with Store.writer(tmp_path / "shop", create=True) as store:
        store.catalogue.upsert([make_product("steel mug")])
    return tmp_path / "shop"


def test_a_store_comes_back_from_its_backup(folder, tmp_path):
    made = run("backup", folder, tmp_path / "backups" / "shop.tar")
    assert made["bytes"] == (tmp_path / "backups" / "shop.tar").stat().st_size
    back = run("restore", made["file"], tmp_path / "back")
    assert back == {"store": str(tmp_path / "back"), "products": 1, "fitted": False}
    assert Store.open(tmp_path / "back").catalogue.products() == Store.open(folder).catalogue.products()


def test_a_store_that_is_there_is_never_replaced(folder, tmp_path):
    run("backup", folder, tmp_path / "shop.tar")
    with pytest.raises(BadInput, match="restore into a folder that does not"):
        run("restore", tmp_path / "shop.tar", folder)
    with pytest.raises(BadSetting, match="demo"):
        run("restore", tmp_path / "shop.tar", "demo")


def test_a_backup_is_not_written_into_the_store_itself(folder):
    with pytest.raises(BadInput, match="write the backup somewhere else"):
        run("backup", folder, folder / "shop.tar")


def test_a_backup_that_is_not_there_is_named(tmp_path):
    with pytest.raises(MissingArtifact, match=r"no backup .*shop\.tar"):
        run("restore", tmp_path / "shop.tar", tmp_path / "back")

import pytest

from index.errors import BadInput, BadSetting
from index.store import Store
from tagger.access.keys import KeyRing
from tagger.cli import commands, display
from tagger.cli.parser import parse_args
from tagger.web.server import Serving, serve


@pytest.fixture
def folder(tmp_path):
    with Store.writer(tmp_path / "store", create=True):
        pass
    return tmp_path / "store"


def keys(folder, *options):
    return commands.keys(parse_args(["keys", str(folder), *options, "--json"]))


def test_a_key_is_made_listed_replaced_and_removed(folder, capsys):
    made = keys(folder, "--add", "backend", "--scope", "write", "--days", "30")
    assert KeyRing(folder).find(made["token"]).scope == "write"
    display.show_keys(made)
    assert made["token"] in capsys.readouterr().out
    listed = keys(folder)
    assert [(each["name"], each["scope"], each["expired"]) for each in listed["keys"]] == [("backend", "write", False)]
    assert "token" not in listed
    display.show_keys(listed)
    assert "tw_" not in capsys.readouterr().out
    assert keys(folder, "--rotate", "backend")["token"] != made["token"]
    assert keys(folder, "--revoke", "backend")["keys"] == []
    with pytest.raises(BadInput, match="no key 'backend'"):
        keys(folder, "--revoke", "backend")


def test_the_demo_has_no_keys():
    with pytest.raises(BadSetting, match="demo"):
        commands.keys(parse_args(["keys", "demo"]))


def test_a_store_without_keys_is_not_served_to_others_by_mistake(folder):
    with pytest.raises(BadSetting, match="make a key with tagweave keys --add NAME, or say --open"):
        serve({"store": Store.open(folder)}, Serving(), host="0.0.0.0", port=0)


@pytest.mark.parametrize("flags", [["--open"], ["--rate-limit", "20", "--log-requests"]])
def test_the_server_takes_the_new_options(flags):
    options = parse_args(["serve", "shop", *flags])
    assert (options.open, options.rate_limit) == (("--open" in flags), 20.0 if "20" in flags else 0.0)

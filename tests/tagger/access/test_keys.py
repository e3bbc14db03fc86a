import json
import time

import pytest

from index.errors import BadInput, StaleArtifact
from tagger.access.keys import FILE, KeyRing, shown


def test_a_key_is_found_by_what_was_shown_once_and_only_its_hash_is_kept(tmp_path):
    ring = KeyRing(tmp_path)
    assert not ring.required
    token = ring.add("Ann", "write")
    kept = (tmp_path / FILE).read_text("utf-8")
    assert token.rpartition("_")[2] not in kept
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    found = KeyRing(tmp_path).find(token)
    assert found is not None
    assert (found.name, found.scope, found.expired) == ("Ann", "write", False)
    assert [found.allows(scope) for scope in ("read", "write", "admin")] == [True, True, False]
    assert "digest" not in shown(found)


@pytest.mark.parametrize("sent", ["", "tw_", "tw_0123456789ab_x", "x", "tw__", "钥匙", "\udc80"])
def test_anything_else_is_no_key(tmp_path, sent):
    ring = KeyRing(tmp_path)
    token = ring.add("Ann", "read")
    assert ring.find(sent) is None
    assert ring.find(token[:-1]) is None
    assert ring.find(token + "x") is None


def test_a_key_of_another_store_is_none(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    token = KeyRing(tmp_path / "a").add("Ann", "admin")
    KeyRing(tmp_path / "b").add("Ann", "admin")
    assert KeyRing(tmp_path / "b").find(token) is None


def test_a_rotated_key_keeps_name_and_scope_and_the_old_one_counts_no_more(tmp_path):
    server = KeyRing(tmp_path)
    old = KeyRing(tmp_path).add("Ann", "admin")
    assert server.find(old)
    new = KeyRing(tmp_path).rotate("Ann")
    assert server.find(old) is None
    assert server.find(new).scope == "admin"
    KeyRing(tmp_path).revoke("Ann")
    assert server.find(new) is None
    assert server.required


def test_a_key_expires(tmp_path):
    ring = KeyRing(tmp_path)
    token = ring.add("Ann", "read", days=1e-7)
    time.sleep(0.02)
    assert ring.find(token).expired


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda ring: ring.add("Ann", "read"), "keys.taken"),
        (lambda ring: ring.add("\n", "read"), "keys.name"),
        (lambda ring: ring.rotate("Ben"), "keys.unknown"),
        (lambda ring: ring.revoke("Ben"), "keys.unknown"),
    ],
)
def test_a_wrong_name_is_refused(tmp_path, work, code):
    ring = KeyRing(tmp_path)
    ring.add("Ann", "read")
    with pytest.raises(BadInput) as refused:
        work(ring)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["", "{}", '{"keys": [{"id": 1}]}', "[]", '{"keys": 1}'])
def test_a_damaged_file_lets_nobody_in(tmp_path, text):
    ring = KeyRing(tmp_path)
    token = ring.add("Ann", "read")
    (tmp_path / FILE).write_text(text, "utf-8")
    with pytest.raises(StaleArtifact, match="cannot be read"):
        ring.find(token)
    (tmp_path / FILE).unlink()
    assert ring.required
    assert ring.find(token) is None


def test_a_scope_that_there_is_not_is_damage(tmp_path):
    ring = KeyRing(tmp_path)
    ring.add("Ann", "read")
    kept = json.loads((tmp_path / FILE).read_text("utf-8"))
    kept["keys"][0]["scope"] = "root"
    (tmp_path / FILE).write_text(json.dumps(kept), "utf-8")
    with pytest.raises(StaleArtifact):
        KeyRing(tmp_path).all()

"""Decisions on tags, and renaming tags, from Python and from the command line."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput
from tagger import Tagger, make_product
from tagger.cli import main


def test_a_decision_shows_in_the_next_suggestion_and_is_undone(shop: Tagger) -> None:
    before = shop.suggest("mug no 77")
    product = make_product("mug no 77")
    made = shop.decide("add", product, "gift", by="Ann")
    assert (made.number, made.kind, made.tag, made.by, made.product) == (1, "add", "gift", "Ann", product.id)
    after = shop.suggest("mug no 77")
    assert "gift" in after.accepted
    assert next(each for each in after if each.tag == "gift").new is False
    undone = shop.undo(made.number, by="Bob")
    assert undone.undone_by == "Bob"
    assert shop.suggest("mug no 77") == before


def test_a_decision_on_a_product_of_the_store_changes_its_tags(shop: Tagger) -> None:
    made = shop.decide("remove", "2", "lamp")
    assert made.by == "anonymous"
    assert shop.product("2").tags == ()
    shop.decide("add", {"title": "lamp no 2", "id": "2"}, "light")
    assert shop.product("2").tags == ("light",)
    assert [each.tag for each in shop.decisions("2")] == ["light", "lamp"]
    assert len(shop.decisions()) == 2
    assert len(shop.decisions("3")) == 0
    plain = json.loads(json.dumps(shop.decisions().as_dict()))
    assert [(each["number"], each["kind"]) for each in plain["decisions"]] == [(2, "add"), (1, "remove")]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("accept", "none", "mug"), "no product 'none' in "),
        (("like", "2", "mug"), "a decision must be one of: accept, reject, add, remove"),
        (("add", "2", " "), "the tag is empty"),
    ],
)
def test_what_cannot_be_decided_is_refused(shop: Tagger, arguments: tuple[Any, Any, Any], reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        shop.decide(*arguments)
    with pytest.raises(BadInput, match="no decision 7"):
        shop.undo(7)


@pytest.fixture
def tagweave() -> Callable[..., tuple[int, str, str]]:
    """Run a command. Return its status and its two outputs."""

    def run(*arguments: object) -> tuple[int, str, str]:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main([str(each) for each in arguments])
        return status, out.getvalue(), err.getvalue()

    return run


def test_the_command_line_decides_and_undoes_as_python_does(shop: Tagger, tagweave: Any) -> None:
    status, out, _ = tagweave("decide", shop.folder, "reject", "2", "lamp", "--by", "Ann", "--json")
    assert status == 0
    [made] = shop.decisions()
    assert json.loads(out) == made.as_dict()
    assert shop.product("2").tags == ()
    status, out, _ = tagweave("undo", shop.folder, 1, "--by", "Bob")
    assert (status, out) == (0, "decision 1: reject lamp of lamp no 2 (2), by Ann; undone by Bob\n")
    assert shop.product("2").tags == ("lamp",)


def test_the_command_line_decides_on_a_text(shop: Tagger, tagweave: Any) -> None:
    status, out, _ = tagweave("decide", shop.folder, "add", "mug no 77", "gift", "--text")
    text = make_product("mug no 77")
    assert (status, out) == (0, f"decision 1: add gift of mug no 77 ({text.id}), by anonymous\n")
    assert "gift" in shop.suggest("mug no 77").accepted


def test_the_command_line_refuses_in_one_line(shop: Tagger, tagweave: Any) -> None:
    status, out, err = tagweave("decide", shop.folder, "add", "none", "gift", "--json")
    assert (status, out, err) == (2, "", f"tagweave: no product 'none' in {shop.folder}\n")
    assert tagweave("undo", shop.folder, 9)[2] == "tagweave: no decision 9\n"
    assert tagweave("undo", "demo", 9)[2] == "tagweave: the demo store is read-only; name a folder of your own\n"


def test_the_vocabulary_is_read_by_any_name(fitted_shop: Tagger) -> None:
    vocabulary = fitted_shop.vocabulary
    fridge = vocabulary["IceBox"]
    assert (fridge.tag, fridge.facet, fridge.products) == ("冰箱", "kind", 15)
    assert fridge.labels == {"en": "fridge", "zh": "冰箱"}
    assert set(fridge.names) == {"冰箱", "fridge", "icebox"}
    assert sorted(vocabulary) == ["kettle", "lamp", "mug", "冰箱"]
    assert len(vocabulary) == 4
    assert "fridge" in vocabulary
    assert "sofa" not in vocabulary
    assert vocabulary.get("sofa") is None
    assert fridge.as_dict()["names"] == list(fridge.names)


def test_a_renamed_tag_is_suggested_under_its_new_name_at_once(shop: Tagger) -> None:
    probability = shop.suggest("mug no 3")[0].probability
    edit = shop.vocabulary.rename("mug", "cup", by="Ann")
    assert (edit.kind, edit.tag, edit.value, edit.by) == ("rename", "mug", "cup", "Ann")
    best = shop.suggest("mug no 3")[0]
    assert (best.tag, best.probability) == ("cup", pytest.approx(probability))
    assert shop.vocabulary["mug"].tag == "cup"
    assert shop.vocabulary.undo(edit.number).undone_by == "anonymous"
    assert shop.suggest("mug no 3")[0].tag == "mug"


def test_tags_are_merged_and_separated_and_have_aliases(shop: Tagger, tmp_path: Path) -> None:
    vocabulary = shop.vocabulary
    vocabulary.alias("lamp", "台灯", lang="zh")
    assert vocabulary["台灯"].labels == {"zh": "台灯"}
    vocabulary.merge("kettle", "mug")
    assert (len(vocabulary), vocabulary["kettle"].tag, vocabulary["mug"].products) == (3, "mug", 30)
    assert vocabulary.separate("kettle").tag == "kettle"
    assert len(vocabulary) == 4
    assert vocabulary.save(tmp_path / "tags.tsv") == 4
    assert "lamp" in (tmp_path / "tags.tsv").read_text("utf-8")
    with pytest.raises(BadInput, match="no tag 'kettel' in the store; did you mean 'kettle'"):
        vocabulary.merge("kettel", "mug")
    with pytest.raises(BadInput, match="'mug' is already a name of 'mug'; merge the two tags instead"):
        vocabulary.rename("lamp", "mug")


def test_tags_that_may_be_one_are_found(unfitted: Tagger) -> None:
    words = ["mug", "mug", "mugs", "mug", "coffee cup", "mug"]
    unfitted.ingest([{"title": f"blue {word} {n}", "tags": [word]} for n, word in enumerate(words)])
    found = unfitted.vocabulary.likely_merges()
    assert (found.tags, [(each.tag, each.into) for each in found]) == (3, [("mugs", "mug")])
    assert "<td>mugs</td><td>mug</td>" in found._repr_html_()


def test_the_command_line_renames_and_gives_aliases(shop: Tagger, tagweave: Any) -> None:
    status, out, _ = tagweave("vocabulary", shop.folder, "--rename", "mug", "cup", "--json")
    assert (status, json.loads(out)) == (0, {"tag": "cup", "forms": ["cup", "mug"]})
    status, out, _ = tagweave("vocabulary", shop.folder, "--alias", "cup", "beaker")
    assert (status, out) == (0, "cup: cup, mug, beaker\n")
    assert shop.vocabulary["beaker"].tag == "cup"

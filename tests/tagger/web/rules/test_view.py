import pytest

from index.store import Store
from tagger.rules.settings import RulesSection
from tagger.rules.stored import set_rules, stored_rules
from tagger.web.rules.view import RulesView, lines
from tagger.web.service.service import Service


@pytest.fixture
def store(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store:
        yield store


@pytest.fixture
def view(store):
    return RulesView(Service(store))


def test_rules_are_shown_changed_and_kept(view, store, english, chinese):
    assert view.show() == (["", "", "", False, False, 0.0], "")
    implied = {"mug": ("kitchenware",)}
    set_rules(store.folder, RulesSection(deny=("promo*",), implies=implied))
    told = view.save(["promo*\n\n sale ", "", "facet:colour", True, False, 0.95])
    assert 'role="status">Saved. Rules count from the next suggestion on' in english(told)
    assert 'role="status">已保存。' in chinese(told)
    assert stored_rules(store.folder, RulesSection()) == RulesSection(
        deny=("promo*", "sale"),
        never_automatic=("facet:colour",),
        existing_only=True,
        # The form does not show these, and leaves them as they are.
        implies=implied,
        precision=0.95,
    )
    assert view.show() == (["promo*\nsale", "", "facet:colour", True, False, 0.95], "")


def test_a_wrong_value_is_one_line_and_changes_nothing(view, store, english):
    assert "rules.precision" in english(view.save(["", "", "", False, False, 2]))
    assert stored_rules(store.folder, RulesSection()) == RulesSection()


def test_empty_lines_are_no_rules():
    assert (lines(None), lines(" a \n\n b")) == ([], ["a", "b"])

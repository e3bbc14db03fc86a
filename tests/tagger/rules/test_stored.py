from pathlib import Path

import pytest

from index.errors import BadSetting
from tagger.rules.settings import RulesSection
from tagger.rules.stored import as_dict, rules_from, set_rules, stamp, stored_rules


def test_rules_that_were_set_replace_those_of_the_settings(tmp_path: Path) -> None:
    of_settings = RulesSection(deny=("a",))
    assert stored_rules(tmp_path, of_settings) == of_settings
    before = stamp(tmp_path)
    rules = RulesSection(allow=("facet:颜色",), implies={"a*": ("b", "c")}, precision=0.95)
    set_rules(tmp_path, rules)
    assert stored_rules(tmp_path, of_settings) == rules
    assert stamp(tmp_path) != before
    assert rules_from(as_dict(rules)) == rules


@pytest.mark.parametrize(
    ("values", "key"), [({"denied": []}, "denied"), ({"precision": 1.0}, "precision"), ({"deny": "a"}, "deny")]
)
def test_what_is_no_rule_is_named(values: dict[str, object], key: str) -> None:
    with pytest.raises(BadSetting, match=rf"rules\.{key}"):
        rules_from(values)

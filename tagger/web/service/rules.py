"""Show and set the rules of a store."""

from collections.abc import Mapping
from typing import Any

from index.store import Store
from tagger.load import rules_in_force
from tagger.rules.stored import as_dict, rules_from, set_rules


class RulesFacade:
    """The rules of a store. Thread-safe."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def current(self) -> dict[str, Any]:
        """Return the rules in force as plain values."""
        return as_dict(rules_in_force(self._store))

    def change(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change some rules, and return all; they count from the next suggestion on.

        Raises `BadSetting` for an unknown rule or a wrong value.
        """
        rules = rules_from({**self.current(), **changes})
        set_rules(self._store.folder, rules)
        return as_dict(rules)

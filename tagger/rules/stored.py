"""The rules that people have set in a store; they replace those of its settings, and count at once."""

from pathlib import Path
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from index.errors import BadSetting
from index.integrity.sealed_json import read_sealed, write_sealed
from index.validation import invalid_value
from tagger.rules.settings import RulesSection

FILE: Final = "rules.json"
OWN_SETTINGS: Final = "settings.toml"
_SECTION: Final = TypeAdapter(RulesSection)


def rules_from(values: Any) -> RulesSection:
    """Build rules from plain values. Raises `BadSetting`, naming the rule that is wrong."""
    try:
        return _SECTION.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, ("rules", *first["loc"])))
        raise BadSetting("settings.wrong", key=key, reason=invalid_value(first)) from error


def as_dict(rules: RulesSection) -> dict[str, Any]:
    """Return rules as plain values, from which `rules_from` builds them again."""
    plain: dict[str, Any] = _SECTION.dump_python(rules, mode="json")
    return plain


def stored_rules(folder: Path, otherwise: RulesSection) -> RulesSection:
    """Return the rules set in a store's folder, or those of its settings if none were set.

    Raises `StaleArtifact` if the file is damaged, `BadSetting` if a rule in it is wrong.
    """
    path = folder / FILE
    return rules_from(read_sealed(path)) if path.is_file() else otherwise


def stamp(folder: Path) -> tuple[int, ...]:
    """Return a value that changes whenever rules are set, or a store's settings change."""
    paths = (folder / FILE, folder / OWN_SETTINGS)
    return tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def set_rules(folder: Path, rules: RulesSection) -> None:
    """Set the rules of a store; they are safe on disk on return."""
    write_sealed(folder / FILE, as_dict(rules))

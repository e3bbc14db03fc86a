"""All settings, read once by each entry point into frozen dataclasses.

Each section is passed as an object to the code that uses it. `default.toml` documents every key. The dataclasses repeat
the defaults, for stores that were fitted before a key was added; a test compares the two.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

from index.catalogue.database import CatalogueSettings
from index.encoders.weights import WeightsSettings
from index.errors import BadInput, BadSetting
from index.privacy.masking import PrivacySection
from index.validation import invalid_value
from tagger.fusion.settings import FusionSection, _strict
from tagger.plugins import PluginSettings
from tagger.rules.settings import RulesSection

DEFAULT = Path(__file__).parent / "default.toml"

# Names that evaluations and evidence use beside the taggers' names.
_NO_TAGGERS = ("fused", "statistics", "text", "others", "base")


def _tagger_name(name: str) -> str:
    """Refuse reserved names, and those that cannot name a folder: a tagger's model is saved under its name."""
    if not re.fullmatch(r"[\w-]+", name) or name in _NO_TAGGERS:
        raise PydanticCustomError("tagger_name", "this cannot be the name of a tagger")
    return name


@dataclass(frozen=True, config=_strict)
class PluginSection:
    """A plugin by name, with its options."""

    plugin: str
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, config=_strict)
class TaggerSection:
    """A tagger of the store.

    "with adapter" enables it once the store has an adapter, "few labels" while too few products have labels to train a
    ranker.

    If a tagger that is not `required` fails, or takes longer than `timeout_s` seconds (0: no limit), tags are suggested
    without it, and the answer says so.
    """

    plugin: str = ""
    enabled: bool | Literal["with adapter", "few labels"] = True
    required: bool = True
    timeout_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    options: dict[str, Any] = field(default_factory=dict)

    @model_validator(mode="after")
    def _may_be_late(self) -> "TaggerSection":
        if self.required and self.timeout_s:
            raise PydanticCustomError("timeout_s", "timeout_s needs required = false: nothing goes on without it")
        return self


@dataclass(frozen=True, config=_strict)
class Settings:
    """All settings of a store."""

    encoder: PluginSection
    index: PluginSection
    taggers: dict[Annotated[str, AfterValidator(_tagger_name)], TaggerSection]
    weights: WeightsSettings = field(default_factory=WeightsSettings)
    catalogue: CatalogueSettings = field(default_factory=CatalogueSettings)
    fusion: FusionSection = field(default_factory=FusionSection)
    rules: RulesSection = field(default_factory=RulesSection)
    privacy: PrivacySection = field(default_factory=PrivacySection)
    finetune: dict[str, Any] = field(default_factory=dict)

    def tagger_settings(self, *, adapter: bool, few_labels: bool = False) -> list[PluginSettings]:
        """Return the enabled taggers; the flags tell whether the store has an adapter, or few labelled products."""
        taking_part = {True: True, False: False, "with adapter": adapter, "few labels": few_labels}
        return [
            PluginSettings(name, section.plugin or name, section.options)
            for name, section in self.taggers.items()
            if taking_part[section.enabled]
        ]

    def optional_taggers(self) -> frozenset[str]:
        """Return the names of the taggers that are not required."""
        return frozenset(name for name, section in self.taggers.items() if not section.required)


_SETTINGS = TypeAdapter(Settings)


def read(*files: Path, overrides: Mapping[str, Any] | None = None) -> Settings:
    """Read the defaults, then apply each file and the overrides, in this order.

    Raises `BadSetting`, naming the key, if a key is unknown or a value is out of range; `BadInput` if a file cannot be
    read or is not TOML.
    """
    merged = _toml(DEFAULT)
    for path in files:
        merged = _over(merged, _toml(path))
    return settings_from(_over(merged, overrides or {}))


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Build settings from plain values. Raises `BadSetting`."""
    try:
        return _SETTINGS.validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise BadSetting("settings.wrong", key=key, reason=invalid_value(first)) from error


def as_dict(settings: Settings) -> dict[str, Any]:
    """Return the settings as plain values, from which `settings_from` builds them again."""
    plain: dict[str, Any] = _SETTINGS.dump_python(settings, mode="json")
    return plain


def _toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except FileNotFoundError as error:
        raise BadInput("file.missing", path=path) from error
    except OSError as error:
        raise BadInput("file.cannot-read", path=path, reason=error.strerror) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("settings.not-toml", path=path, reason=error) from error


def _over(base: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Override one tree of settings with another; tables are merged, other values replaced.

    Options belong to a plugin: if the upper tree names another plugin, the base's options are dropped.
    """
    merged = dict(base)
    if upper.get("plugin", base.get("plugin")) != base.get("plugin"):
        merged.pop("options", None)
    for key, value in upper.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(key), Mapping)
        merged[key] = _over(merged[key], value) if both else value
    return merged

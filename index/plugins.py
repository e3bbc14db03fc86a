"""The registry through which taggers, encoders and indexes come in: entry points, the built-in ones too."""

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from index.errors import BadSetting, MissingDependency, PluginClash, UnknownPlugin

Factory = Callable[..., Any]


class PluginRegistry:
    """Finds the factories of one entry-point group by name, and imports them on use."""

    def __init__(self, group: str, built_in: Mapping[str, str]) -> None:
        self._group = group
        self._built_in = [EntryPoint(name, value, group) for name, value in built_in.items()]

    @property
    def noun(self) -> str:
        """What this registry holds, for messages: "tagger", "encoder", "index"."""
        plural = self._group.rpartition(".")[2]
        return {"indexes": "index"}.get(plural, plural.removesuffix("s"))

    def entries(self) -> dict[str, EntryPoint]:
        """Return the entry points by name.

        Raises `PluginClash` where two that load different things have one name; the built-ins that the
        installed distribution declares too are one thing.
        """
        found: dict[str, EntryPoint] = {}
        for entry in (*self._built_in, *entry_points(group=self._group)):
            if found.setdefault(entry.name, entry).value != entry.value:
                raise PluginClash(
                    f"two {self._group} are called {entry.name!r}: {found[entry.name].value} and {entry.value}; "
                    "uninstall one of the packages that bring them"
                )
        return dict(sorted(found.items()))

    def factory(self, name: str) -> Factory:
        """Import the factory of that name; raises `UnknownPlugin` or `MissingDependency`."""
        entries = self.entries()
        if name not in entries:
            raise UnknownPlugin(f"no {self.noun} {name!r}; there are: {', '.join(entries)}")
        try:
            return entries[name].load()  # type: ignore[no-any-return]
        except ModuleNotFoundError as error:
            raise MissingDependency(
                f"the {self.noun} {name!r} needs {error.name}, which is not installed; try: pip install {error.name}"
            ) from error
        except (ImportError, AttributeError) as error:
            raise MissingDependency(
                f"the {self.noun} {name!r} cannot be loaded from {entries[name].value} ({error}); "
                "update the packages that it needs, or the one that brings it"
            ) from error

    def create(self, name: str, arguments: Sequence[Any], settings: Mapping[str, Any]) -> Any:
        """Call the factory; a setting that is none of its keyword arguments or of another type raises `BadSetting`."""
        factory = self.factory(name)
        known = settings_of(factory)
        for key in settings:
            if key not in known:
                raise BadSetting(
                    f"the {self.noun} {name!r} has no setting {key!r}; there are: {', '.join(known) or 'none'}"
                )
        return factory(*arguments, **{key: self._typed(name, key, settings[key], factory) for key in settings})

    def _typed(self, name: str, key: str, value: Any, factory: Factory) -> Any:
        """Return the value as the type that the factory's annotation names."""
        from pydantic import PydanticUserError, TypeAdapter, ValidationError

        try:
            annotation = inspect.signature(factory, eval_str=True).parameters[key].annotation
            return value if annotation is inspect.Parameter.empty else TypeAdapter(annotation).validate_python(value)
        except (NameError, PydanticUserError):
            return value  # The annotation cannot be judged by: the factory itself will.
        except ValidationError as error:
            reason = error.errors()[0]["msg"].lower()
            raise BadSetting(f"the setting {key!r} of the {self.noun} {name!r} is wrong: {reason}") from error


def settings_of(factory: Factory) -> dict[str, Any]:
    """Return a factory's settings with their defaults: its keyword-only arguments."""
    parameters = inspect.signature(factory).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}

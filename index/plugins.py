"""The registry of taggers, encoders and indexes: all plugins, the built-in ones included, are entry points."""

import contextlib
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from index.errors import BadSetting, MissingDependency, PluginClash, PluginFailed, TagweaveError, UnknownPlugin
from index.messages import Message, mark
from index.validation import invalid_value

T = TypeVar("T")
_KINDS = {"tagger": mark("plugin.tagger"), "encoder": mark("plugin.encoder"), "index": mark("plugin.index")}
Factory = Callable[..., Any]
_LONGEST_REASON = 300


@dataclass(frozen=True)
class PluginOrigin:
    """A plugin's kind, its name, and the package that provides it (empty for a built-in), as messages name it."""

    kind: str
    name: str
    package: str = ""

    @property
    def message(self) -> Message:
        """The name of the plugin as part of a message."""
        kind = Message(_KINDS[self.kind])
        if self.package:
            return Message("plugin.named-of-package", kind=kind, name=self.name, package=self.package)
        return Message("plugin.named", kind=kind, name=self.name)

    @contextlib.contextmanager
    def calling(self, method: str) -> Iterator[None]:
        """Turn any exception from the plugin into `PluginFailed`; a `TagweaveError` keeps its class."""
        try:
            yield
        except TagweaveError as error:
            self._sign(error)
            raise
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # A panic in a Rust library is a BaseException only.
            raise self.failed("plugin.failed", method=method, error=_one_line(error)) from error

    def failed(self, code: str, /, **params: object) -> PluginFailed:
        """Return an error with one line on what the plugin did; `reason` begins "failed in", "returned" or the like."""
        error = PluginFailed(code, plugin=self.message, **params)
        error.plugin = self.name
        return error

    def returned(self, problem: Message) -> PluginFailed:
        """Return the error for a plugin that returned something its protocol does not allow."""
        return self.failed("plugin.returned", problem=problem)

    def _sign(self, error: TagweaveError) -> None:
        """Record the plugin on the error; name a third-party plugin in the message unless it is already named there."""
        error.plugin, line = self.name, str(error)
        if self.package and repr(self.name) not in line:
            error.message = Message("plugin.signed", plugin=self.message, error=error.message)


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())[:_LONGEST_REASON]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


class PluginRegistry(Generic[T]):
    """Finds the factories of one entry-point group by name, and imports them on use.

    `guard` wraps each plugin that is made and checks what it returns. Built-in plugins take the same path.
    """

    def __init__(self, group: str, built_in: Mapping[str, str], guard: Callable[[object, PluginOrigin], T]) -> None:
        self._group = group
        self._guard = guard
        self._built_in = [EntryPoint(name, value, group) for name, value in built_in.items()]

    @property
    def kind(self) -> Message:
        """What this registry holds, for messages."""
        return Message(_KINDS[self.noun])

    @property
    def noun(self) -> str:
        """What this registry holds, in the singular, for messages: "tagger", "encoder", "index"."""
        plural = self._group.rpartition(".")[2]
        return {"indexes": "index"}.get(plural, plural.removesuffix("s"))

    def entries(self) -> dict[str, EntryPoint]:
        """Return the entry points by name.

        Raises `PluginClash` if two entry points of one name load different objects. A built-in that the installed
        distribution declares as well is no clash.
        """
        found: dict[str, EntryPoint] = {}
        for entry in (*self._built_in, *_installed(_folders()).select(group=self._group)):
            if found.setdefault(entry.name, entry).value != entry.value:
                raise PluginClash(
                    "plugin.clash",
                    group=self._group,
                    name=entry.name,
                    first=found[entry.name].value,
                    second=entry.value,
                )
        return dict(sorted(found.items()))

    def factory(self, name: str) -> Factory:
        """Import the factory of that name.

        Raises `UnknownPlugin`, `MissingDependency` or `PluginFailed`.
        """
        entry = self._entry(name)
        origin = _origin(self.noun, name, entry)
        with origin.calling("its import"):
            factory: Factory = _import(entry, origin)
        if not callable(factory):
            raise origin.failed("plugin.not-a-function", entry=entry.value, found=repr(factory))
        return factory

    def settings(self, name: str) -> dict[str, Any]:
        """Return the plugin's settings with their defaults; raises the same errors as `factory`."""
        factory = self.factory(name)
        with _origin(self.noun, name, self._entry(name)).calling("its signature"):
            return settings_of(factory)

    def check(self, name: str, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return the settings, converted to the types in the factory's signature, without making the plugin.

        Raises the same errors as `factory`, and `BadSetting` if a setting is unknown, missing or of the wrong type.
        """
        factory, known = self.factory(name), self.settings(name)
        for key in settings:
            if key not in known:
                raise BadSetting(
                    "plugin.no-setting",
                    kind=self.kind,
                    name=name,
                    key=key,
                    available=", ".join(known) or Message("none"),
                )
        for key in known.keys() - settings.keys():
            if known[key] is inspect.Parameter.empty:
                raise BadSetting("plugin.setting-needed", kind=self.kind, name=name, key=key)
        return {key: self._convert(name, key, value, factory) for key, value in settings.items()}

    def create(self, name: str, arguments: Sequence[Any], settings: Mapping[str, Any], *, called: str = "") -> T:
        """Check the settings and make the plugin; `called` is its name in error messages, by default `name`."""
        origin = _origin(self.noun, called or name, self._entry(name))
        with origin.calling("its factory"):
            return self._guard(self.factory(name)(*arguments, **self.check(name, settings)), origin)

    def _entry(self, name: str) -> EntryPoint:
        entries = self.entries()
        if name not in entries:
            raise UnknownPlugin("value.choices", what=self.kind, value=name, available=", ".join(entries))
        return entries[name]

    def _convert(self, name: str, key: str, value: Any, factory: Factory) -> Any:
        """Return the value, converted to the type in the factory's annotation."""
        from pydantic import PydanticUserError, TypeAdapter, ValidationError

        try:
            annotation = inspect.signature(factory, eval_str=True).parameters[key].annotation
            return value if annotation is inspect.Parameter.empty else TypeAdapter(annotation).validate_python(value)
        except (NameError, PydanticUserError):
            return value  # The annotation cannot be resolved; leave the check to the factory.
        except ValidationError as error:
            raise BadSetting(
                "plugin.wrong-setting", kind=self.kind, name=name, key=key, reason=invalid_value(error.errors()[0])
            ) from error


@lru_cache(maxsize=1)
def _installed(folders: tuple[tuple[str, int], ...]) -> Any:
    """Return all entry points. Reading them takes 20 ms, so they are read again only after a folder has changed.

    Their type differs between versions of Python; all have `select(group=...)`.
    """
    return entry_points()


def _folders() -> tuple[tuple[str, int], ...]:
    """Return the folders that Python imports from, each with its time of change: an installation changes one."""
    found = []
    for folder in sys.path:
        with contextlib.suppress(OSError):
            found.append((folder, os.stat(folder or ".").st_mtime_ns))
    return tuple(found)


def unguarded(plugin: object, origin: PluginOrigin) -> Any:
    """Return a plugin unchanged, as a guard that checks nothing."""
    return plugin


def settings_of(factory: Factory) -> dict[str, Any]:
    """Return a factory's settings (its keyword-only arguments) with defaults; a required one has `Parameter.empty`."""
    parameters = inspect.signature(factory).parameters.values()
    return {each.name: each.default for each in parameters if each.kind is each.KEYWORD_ONLY}


def _origin(noun: str, name: str, entry: EntryPoint) -> PluginOrigin:
    return PluginOrigin(noun, name, f"{entry.dist.name} {entry.dist.version}" if entry.dist else "")


def _import(entry: EntryPoint, origin: PluginOrigin) -> Any:
    try:
        return entry.load()
    except ModuleNotFoundError as error:
        raise MissingDependency("plugin.dependency-missing", plugin=origin, package=error.name) from error
    except (ImportError, AttributeError) as error:
        raise MissingDependency("plugin.cannot-import", plugin=origin, entry=entry.value, reason=error) from error

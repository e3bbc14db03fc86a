"""What can go wrong, as one tree.

TagweaveError
├── BadInput            a file, a row or a text that cannot be used
├── BadSetting          a setting that is unknown or out of range
├── UnknownPlugin       no tagger, encoder or index of that name
├── PluginClash         two plugins under one name
├── PluginFailed        a plugin raised an error, or returned what it must not
├── MissingDependency   an optional library is not installed
├── MissingArtifact     a store, model or weights file that is not there
├── StaleArtifact       something saved that does not fit what it should serve
├── StoreLocked         another process is writing the store
├── HubError            a hub that refuses, or cannot be reached
└── OutOfMemory         a model needs more memory than there is
"""


class TagweaveError(Exception):
    """The root of all errors that are meant for the user: one clear line.

    `plugin` is what the plugin is called in which it arose, empty where it arose in none.
    """

    plugin = ""


class BadInput(TagweaveError):
    """A file, a row or a text that cannot be used."""


class BadSetting(TagweaveError):
    """A setting that is unknown or out of range."""


class UnknownPlugin(TagweaveError):
    """No tagger, encoder or index of that name."""


class PluginClash(TagweaveError):
    """Two plugins declare one name."""


class PluginFailed(TagweaveError):
    """A plugin raised an error that is not meant for the user, or returned what it must not."""


class MissingDependency(TagweaveError):
    """An optional library is not installed."""


class MissingArtifact(TagweaveError):
    """A store, a model or a weights file is not where it should be."""


class StaleArtifact(TagweaveError):
    """Something saved does not fit what it should serve."""


class StoreLocked(TagweaveError):
    """Another process is writing the store."""


class HubError(TagweaveError):
    """A hub refuses, or cannot be reached."""


class OutOfMemory(TagweaveError):
    """A model needs more memory than there is."""

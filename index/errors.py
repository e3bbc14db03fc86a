"""All errors meant for the user, as one tree.

TagweaveError
├── BadInput            a file, a row or a text that cannot be used
├── BadSetting          a setting that is unknown or out of range
├── UnknownPlugin       no tagger, encoder or index has that name
├── PluginClash         two plugins share a name
├── PluginFailed        a plugin raised an error, or returned something invalid
├── MissingDependency   an optional library is not installed
├── MissingArtifact     a store, model or weights file is missing
├── StaleArtifact       saved data is damaged, or does not match what would use it
├── StoreLocked         another process is writing the store
├── HubError            a hub refused a request, or cannot be reached
└── OutOfMemory         a model needs more memory than is available
"""

from index.messages import Message


class TagweaveError(Exception):
    """Root of all errors meant for the user: one clear line.

    Made of a code of the message catalogue and its parameters, or of a whole `Message`; a plugin may give a plain text.
    `plugin` is the name of the plugin that raised the error, empty if none did.
    """

    plugin = ""

    def __init__(self, message: str | Message, /, **params: object) -> None:
        self.message = message if isinstance(message, Message) else Message(message, **params)
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)

    @property
    def code(self) -> str:
        """Return the stable code, such as "store.locked"; of a plain text the name of the error's class."""
        return self.message.code if self.message.known else type(self).__name__


def message_of(error: Exception) -> Message:
    """Return the message of an error of ours, or the text of any other error."""
    return error.message if isinstance(error, TagweaveError) else Message(str(error))


class BadInput(TagweaveError):
    """A file, a row or a text that cannot be used."""


class BadSetting(TagweaveError):
    """A setting that is unknown or out of range."""


class UnknownPlugin(TagweaveError):
    """No tagger, encoder or index has that name."""


class PluginClash(TagweaveError):
    """Two plugins share a name."""


class PluginFailed(TagweaveError):
    """A plugin raised an error not meant for the user, or returned something invalid."""


class MissingDependency(TagweaveError):
    """An optional library is not installed."""


class MissingArtifact(TagweaveError):
    """A store, a model or a weights file is missing."""


class StaleArtifact(TagweaveError):
    """Saved data is damaged, or does not match what would use it."""


class StoreLocked(TagweaveError):
    """Another process is writing the store."""


class HubError(TagweaveError):
    """A hub refused a request, or cannot be reached."""


class OutOfMemory(TagweaveError):
    """A model needs more memory than is available."""

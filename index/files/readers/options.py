"""What a person says about a file; what is left empty is found out."""

import codecs
from dataclasses import dataclass

from index.errors import BadInput

NO_QUOTE = "none"
_NAMED = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}


@dataclass(frozen=True)
class ReadingOptions:
    """How to read a file.

    `encoding` is a name that Python knows, such as "gb18030". `delimiter` is one character, or "tab". `quote` is one
    character, or "none". `skip_lines` is the number of lines before the header. `tags_split` is the text between two
    tags, or "none". `format` is the name of a dialect. `table` is a sheet of a workbook, a table of a database, or
    the path of a list in JSON, such as "data.items". Raises `BadInput` for a value that cannot be used.
    """

    encoding: str = ""
    delimiter: str = ""
    quote: str = ""
    skip_lines: int | None = None
    tags_split: str = ""
    format: str = ""
    table: str = ""

    def __post_init__(self) -> None:
        if self.encoding:
            self._check_encoding()
        object.__setattr__(self, "delimiter", _NAMED.get(self.delimiter.lower(), self.delimiter))
        for name, value in (("delimiter", self.delimiter), ("quote", self.quote.replace(NO_QUOTE, ""))):
            if len(value) > 1 or value in ("\n", "\r"):
                raise BadInput("options.one-character", name=f"--{name}", value=value)
        if self.skip_lines is not None and self.skip_lines < 0:
            raise BadInput("options.skip-lines", value=self.skip_lines)

    def _check_encoding(self) -> None:
        try:
            text = codecs.lookup(self.encoding)._is_text_encoding
        except LookupError as error:
            raise BadInput("options.encoding", value=self.encoding) from error
        if not text:
            raise BadInput("options.encoding", value=self.encoding)

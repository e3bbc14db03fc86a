import pytest

from index.errors import BadInput
from index.files.readers.options import ReadingOptions


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encoding": "utf-99"}, "unknown encoding 'utf-99'; use a name such as"),
        ({"encoding": "zlib"}, "unknown encoding 'zlib'"),
        ({"delimiter": "::"}, "--delimiter must be one character, not '::'"),
        ({"delimiter": "\n"}, "--delimiter must be one character"),
        ({"quote": "<<"}, "--quote must be one character, not '<<'"),
        ({"skip_lines": -1}, "the number of lines to skip must be at least 0, not -1"),
    ],
)
def test_an_option_that_cannot_be_used_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(BadInput, match=message):
        ReadingOptions(**options)  # type: ignore[arg-type]


def test_delimiters_have_names() -> None:
    names = ("tab", "\\t", "comma", "semicolon", "pipe", ";")
    assert [ReadingOptions(delimiter=name).delimiter for name in names] == ["\t", "\t", ",", ";", "|", ";"]

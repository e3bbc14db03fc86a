"""What is wrong with a file, in the reader's language."""

from collections.abc import Mapping
from typing import Literal

from tagger.uploads import Wrong, WrongFile

Reader = Literal["zh", "en"]

_SAID: Mapping[Wrong, Mapping[Reader, str]] = {
    "kind": {
        "zh": "不支持这种文件{}。请上传 CSV、TSV、JSON lines 或 Parquet 文件（可用 .gz 压缩）。",
        "en": "This kind of file{} is not supported. Bring CSV, TSV, JSON lines or Parquet (.gz too).",
    },
    "empty": {"zh": "文件是空的{}。", "en": "The file is empty{}."},
    "too large": {"zh": "文件太大{}，超过了字节数上限。", "en": "The file is too large: there is a limit of bytes{}."},
    "not text": {
        "zh": "文件内容与文件名不符{}：它不是文本，可能是图片、Excel 或压缩文件。",
        "en": "The content is not what the name says{}: no text, but perhaps a picture, an Excel or a packed file.",
    },
    "not parquet": {"zh": "这不是 Parquet 文件{}。", "en": "This is no Parquet file{}."},
    "encoding": {
        "zh": "文件编码无法识别{}。请另存为 UTF-8。",
        "en": "The text is in an encoding that is not read{}. Save it as UTF-8.",
    },
    "no rows": {
        "zh": "文件里没有能读取的行{}。CSV 的第一行应是列名；JSON lines 每行是一个对象。",
        "en": "No row can be read{}. CSV begins with column names; JSON lines has one object a line.",
    },
    "no title": {"zh": "请选择哪一列是标题{}。", "en": "Choose the column that holds the title{}."},
}


def said(error: WrongFile, reader: Reader) -> str:
    """Say in one line what is wrong."""
    around = "（{}）" if reader == "zh" else " ({})"
    return _SAID[error.wrong][reader].format(around.format(error.detail) if error.detail else "")


def reader_of(accept_language: str) -> Reader:
    """Return the language of a reader by what the browser accepts: the first of the two that it names."""
    readers: tuple[Reader, ...] = ("zh", "en")
    named = (part.strip().lower()[:2] for part in accept_language.split(","))
    return next((reader for part in named for reader in readers if part == reader), "en")

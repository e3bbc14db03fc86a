"""What is wrong with a file, in one line that is there in both languages."""

from collections.abc import Mapping

from markupsafe import Markup

from tagger.jobs.upload import Wrong, WrongFile
from tagger.web.i18n.error_translations import in_chinese
from tagger.web.i18n.translations import in_two

# Of each, how it is said in Chinese and in English, with a gap for the detail.
_SAID: Mapping[Wrong, tuple[str, str]] = {
    "kind": (
        "不支持这种文件{}。请上传 CSV、TSV、JSON lines 或 Parquet 文件（可用 .gz 压缩）。",
        "This kind of file{} is not supported. Bring CSV, TSV, JSON lines or Parquet (.gz too).",
    ),
    "empty": ("文件是空的{}。", "The file is empty{}."),
    "too large": ("文件太大{}，超过了字节数上限。", "The file is too large: there is a limit of bytes{}."),
    "not text": (
        "文件内容与文件名不符{}：它不是文本，可能是图片、Excel 或压缩文件。",
        "The content is not what the name says{}: no text, but perhaps a picture, an Excel or a packed file.",
    ),
    "not parquet": ("这不是 Parquet 文件{}。", "This is no Parquet file{}."),
    "encoding": (
        "文件编码无法识别{}。请另存为 UTF-8。",
        "The text is in an encoding that is not read{}. Save it as UTF-8.",
    ),
    "no rows": (
        "文件里没有能读取的行{}。CSV 的第一行应是列名；JSON lines 每行是一个对象。",
        "No row can be read{}. CSV begins with column names; JSON lines has one object a line.",
    ),
    "no title": ("请选择哪一列是标题{}。", "Choose the column that holds the title{}."),
}


def say_file_error(error: WrongFile) -> Markup:
    """Say in one line what is wrong, in both languages, of which the browser shows one."""
    chinese, english = _SAID[error.wrong]
    detail = error.detail
    return in_two(
        chinese.format(f"（{in_chinese(detail) or detail}）" if detail else ""),
        english.format(f" ({detail})" if detail else ""),
    )

from pathlib import Path

import pytest

from index.errors import BadInput
from tagger.vocabulary import read_vocabulary


def test_a_plain_list_has_a_tag_per_line(tmp_path: Path) -> None:
    path = tmp_path / "tags.txt"
    path.write_bytes("\ufeffmug\r\n\n 杯子 \r\nmug\nwater bottle\n".encode())
    assert read_vocabulary(path).tags == ["mug", "杯子", "water bottle"]


def test_a_list_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tags.txt"
    path.write_bytes("杯子".encode("gb18030"))
    with pytest.raises(BadInput, match=r"tags\.txt cannot be read"):
        read_vocabulary(path)

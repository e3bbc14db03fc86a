from typing import get_args

import pytest

from tagger.jobs.upload import Wrong, WrongFile
from tagger.web.i18n.file_errors import say_file_error


@pytest.mark.parametrize("wrong", get_args(Wrong))
def test_everything_that_can_be_wrong_is_said_in_both_languages_with_its_detail(wrong, chinese, english):
    line = say_file_error(WrongFile(wrong, "<x>"))
    assert "（&lt;x&gt;）" in chinese(line)
    assert " (&lt;x&gt;)" in english(line)
    assert chinese(line) != english(line)
    assert "{" not in line + say_file_error(WrongFile(wrong))


def test_a_detail_is_said_in_the_language_of_the_line_where_that_is_known(chinese, english):
    line = say_file_error(WrongFile("no rows", "the compressed file is damaged from here on: CRC"))
    assert "（压缩文件从这里起已损坏：CRC）" in chinese(line)
    assert " (the compressed file is damaged from here on: CRC)" in english(line)
    assert chinese(say_file_error(WrongFile("empty"))) == "文件是空的。"
    assert english(say_file_error(WrongFile("empty"))) == "The file is empty."

from typing import get_args

import pytest

from tagger.uploads import Wrong, WrongFile
from tagger.web.wrong_files import reader_of, said


@pytest.mark.parametrize("wrong", get_args(Wrong))
def test_everything_that_can_be_wrong_is_said_in_both_languages_with_its_detail(wrong):
    chinese, english = said(WrongFile(wrong, "<x>"), "zh"), said(WrongFile(wrong, "<x>"), "en")
    assert "（<x>）" in chinese
    assert " (<x>)" in english
    assert "{" not in chinese + english + said(WrongFile(wrong), "zh")


@pytest.mark.parametrize(
    ("accepted", "reader"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.1", "en"),
        ("de,zh-TW;q=0.5", "zh"),
        ("", "en"),
        ("de", "en"),
    ],
)
def test_the_reader_is_told_in_the_language_that_the_browser_names_first(accepted, reader):
    assert reader_of(accepted) == reader

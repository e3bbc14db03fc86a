import pytest

from index.files.readers.delimited_format import DelimitedFormat, find_format
from index.files.readers.options import ReadingOptions

FOUND = ReadingOptions()


@pytest.mark.parametrize(
    ("head", "delimiter", "columns", "skip_lines"),
    [
        ("id,title,tags\n1,mug,a;b\n2,jug,c;d\n", ",", ("id", "title", "tags"), 0),
        ("id;title;price\n1;Mug, blue;1,50\n2;Jug, red;2,00\n", ";", ("id", "title", "price"), 0),
        # The header has more commas than semicolons.
        ("title;size, in cm, outside\nmug;8,5\njug;12,0\n", ";", ("title", "size, in cm, outside"), 0),
        ("id\ttitle\n1\tMug, blue\n2\tJug, red\n", "\t", ("id", "title"), 0),
        ("id|title\n1|mug\n2|jug\n", "|", ("id", "title"), 0),
        ("sep=;\nid;title\n1;mug\n", ";", ("id", "title"), 1),
        ("sep=;\nStock\nid;title\n1;mug\n", ";", ("id", "title"), 2),
        ('"sep=;"\r\nid;title\r\n1;mug\r\n', ";", ("id", "title"), 1),
        ("Stock of the week\nhall 2, 41 items\n\nid,title,tags\n1,mug,a\n2,jug,b\n", ",", ("id", "title", "tags"), 3),
        ("Stock list,,\nid,name,tags\n1,mug,a\n2,jug,b\n", ",", ("id", "name", "tags"), 1),
        ("\n\nid,title\n1,mug\n", ",", ("id", "title"), 2),
        ("id,title\r1,mug\r2,jug\r", ",", ("id", "title"), 0),
        ("title\nMug, blue\nJug, red\n", ";", ("title",), 0),
        ("title\n冰箱\n", ",", ("title",), 0),
        ("a,b,c\n1,2,3\n", ",", ("a", "b", "c"), 0),
        ("id,title,,\n1,mug,,\n", ",", ("id", "title"), 0),
        (" id , Title,tags,Tags,tags\n1,mug,a,b,c\n", ",", ("id", "Title", "tags", "Tags", "tags (2)"), 0),
        ("id,,title\n1,x,mug\n", ",", ("id", "column 2", "title"), 0),
        ('id,"title\nof it",name\n1,a,mug\n', ",", ("id", "title\nof it", "name"), 0),
    ],
)  # fmt: skip
def test_the_delimiter_and_the_header_are_found(
    head: str, delimiter: str, columns: tuple[str, ...], skip_lines: int
) -> None:
    found = find_format(head, FOUND)
    assert (found.delimiter, found.columns, found.skip_lines) == (delimiter, columns, skip_lines)


def test_the_share_is_that_of_the_rows_with_as_many_cells_as_the_header() -> None:
    assert find_format("id,title\n1,mug\n2\n3,jug\n4,a,b\n", FOUND).share == 2 / 4


def test_quotation_marks_in_a_tab_separated_text_may_be_part_of_the_cells() -> None:
    assert find_format('id\ttitle\n1\t"Retro" mug\n2\t27" screen\n', FOUND).quote == ""
    assert find_format('id\ttitle\n1\t"Mug\twith tab"\n2\tjug\n', FOUND).quote == '"'


def test_a_backslash_before_a_quotation_mark_is_found_where_it_makes_the_rows_fit() -> None:
    assert find_format('id,title\n1,"A 27\\" screen, black"\n2,mug\n', FOUND).backslash
    assert not find_format('id,title\n1,"A folder: C:\\\\"\n2,"a ""b"", c"\n', FOUND).backslash


def test_what_is_named_is_taken_as_it_is() -> None:
    head = "list\nid,title;x\n1,mug;y\n"
    named = find_format(head, ReadingOptions(delimiter=";", quote="'", skip_lines=1))
    assert named == DelimitedFormat(";", "'", skip_lines=1, columns=("id,title", "x"))
    assert find_format(head, ReadingOptions(quote="none")).quote == ""
    assert find_format("id\ttitle\n1\tmug\n", ReadingOptions(delimiter="tab")).columns == ("id", "title")

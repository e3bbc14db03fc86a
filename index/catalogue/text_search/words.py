"""The table of the words in the catalogue, and the words that a mistyped one may stand for."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from index.catalogue.arrow_columns import arrow_table, strings

if TYPE_CHECKING:
    import duckdb

WORDS = "CREATE TABLE words (word VARCHAR NOT NULL);"
# Shorter words have too many neighbours, most of them other words.
_LEAST_LETTERS = 5
# A letter may be missing.
_WORD = re.compile(rf"(?<![a-z0-9])[a-z]{{{_LEAST_LETTERS - 1},}}(?![a-z0-9])")
_MOST = 10


def add_words(connection: "duckdb.DuckDBPyConnection", texts: Iterable[str]) -> None:
    """Add the words of texts in their normal form; words of products that are gone stay until the table is rebuilt."""
    found = sorted({word for text in texts for word in _WORD.findall(text)})
    connection.register("new_words", arrow_table({"word": strings(found)}))
    connection.execute("INSERT INTO words SELECT word FROM new_words WHERE word NOT IN (SELECT word FROM words)")
    connection.unregister("new_words")


def possible_words(connection: "duckdb.DuckDBPyConnection", word: str) -> tuple[str, ...]:
    """Return a word that some text contains as it is, else the words that are one typing error away.

    An error is a letter too many, a missing, a wrong one, or two letters swapped. A word that is like no other is
    returned too.
    """
    if len(word) < _LEAST_LETTERS or not (word.isascii() and word.isalpha()):
        return (word,)
    if connection.execute("SELECT 1 FROM words WHERE contains(word, ?) LIMIT 1", [word]).fetchall():
        return (word,)
    sql = (
        "SELECT word FROM words WHERE length(word) BETWEEN ? AND ? AND damerau_levenshtein(word, ?) = 1 "
        "ORDER BY length(word) <> ?, word LIMIT ?"
    )
    length = len(word)
    near = connection.execute(sql, [length - 1, length + 1, word, length, _MOST]).fetchall()
    return tuple(each for (each,) in near) or (word,)

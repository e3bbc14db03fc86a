from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.catalogue.arrow_columns import arrow_table, integer_lists, integers, string_lists, strings, times

texts = st.text(st.characters(codec="utf-8"), max_size=8)
offsets = st.sampled_from([timezone(timedelta(hours=8)), UTC])
moments = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=offsets)


def read(column: pyarrow.Array) -> list[object]:
    column.validate(full=True)
    values: list[object] = column.to_pylist()
    return values


@given(st.lists(st.none() | texts))
def test_texts_come_back(values: list[str | None]) -> None:
    assert read(strings(values)) == values


@given(st.lists(st.none() | st.lists(texts, max_size=4)))
def test_lists_of_texts_come_back(values: list[list[str] | None]) -> None:
    assert read(string_lists(values)) == values


@given(st.lists(st.integers(-(2**63), 2**63 - 1)))
def test_integers_come_back(values: list[int]) -> None:
    assert read(integers(values)) == values
    assert read(integers(np.array(values, np.int64))) == values
    # Every second value: the array is not contiguous.
    assert read(integers(np.array(values, np.int64)[::2])) == values[::2]


@given(st.lists(st.none() | moments))
def test_moments_come_back_in_utc(values: list[datetime | None]) -> None:
    utc = [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
    assert read(times(values)) == utc


def test_lists_of_integers_are_cut_at_the_offsets() -> None:
    assert read(integer_lists([0, 2, 2, 3], [5, 6, 7])) == [[5, 6], [], [7]]


def test_a_table_has_the_columns_by_name() -> None:
    table = arrow_table({"a": integers([1, 2]), "b": strings(["x", None])})
    assert table.to_pydict() == {"a": [1, 2], "b": ["x", None]}


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        strings(["\ud800"])

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.dates import first_moment, last_moment


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-03-01", "2026-03-01T00:00:00+00:00", "2026-03-01T23:59:59+00:00"),
        ("2026-03-01T14:30", "2026-03-01T14:30:00+00:00", "2026-03-01T14:30:00+00:00"),
        ("2026-03-01 14:30:05.9Z", "2026-03-01T14:30:05+00:00", "2026-03-01T14:30:05+00:00"),
        ("2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00+00:00", "2026-02-28T23:30:00+00:00"),
    ],
)
def test_a_date_is_a_whole_day_and_a_time_one_second(text, first, last):
    assert (first_moment(text), last_moment(text)) == (first, last)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "2026-02-30", "1/3/2026", "0001-01-01T00:00+10:00"])
def test_what_is_no_date_says_what_one_looks_like(text):
    with pytest.raises(ValueError, match="write 2026-03-01 or"):
        first_moment(text)


@given(st.datetimes(timezones=st.timezones()), st.datetimes(timezones=st.timezones()))
def test_earlier_is_smaller(a, b):
    try:
        one, two = first_moment(a.isoformat()), first_moment(b.isoformat())
    except ValueError:
        return  # the first and the last day there is, in other time zones
    assert (one < two) == (a.replace(microsecond=0) < b.replace(microsecond=0))

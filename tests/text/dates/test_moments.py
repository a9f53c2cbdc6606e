from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.text.dates.moments import first_moment, last_moment, stated_moment


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


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", "2024-03-05T00:00:00"),
        ("2024-03-05T14:30:00Z", "2024-03-05T14:30:00"),
        ("2024-03-05 14:30", "2024-03-05T14:30:00"),
        ("2024-03-05 14:30:00 +0100", "2024-03-05T13:30:00"),
        ("2024-03-05T14:30:00.123+02:00", "2024-03-05T12:30:00"),
        ("2024/03/05", "2024-03-05T00:00:00"),
        ("2024.03.05", "2024-03-05T00:00:00"),
        ("20240305", "2024-03-05T00:00:00"),
        ("[[2024-03-05]]", "2024-03-05T00:00:00"),
        ("[[Daily/2024-03-05|today]]", "2024-03-05T00:00:00"),
        ('"2024-03-05"', "2024-03-05T00:00:00"),
        ("<2024-03-05 Tue 10:00>", "2024-03-05T10:00:00"),
        ("5 Mar 2024", "2024-03-05T00:00:00"),
        ("5 Mar 2024 14:30", "2024-03-05T14:30:00"),
        ("March 5, 2024 2:30 PM", "2024-03-05T14:30:00"),
        ("March 5th, 2024 at 12:05 am", "2024-03-05T00:05:00"),
        ("Tuesday, March 5, 2024", "2024-03-05T00:00:00"),
        ("Tue, 5 Mar 2024 14:30:00 +0100", "2024-03-05T13:30:00"),
        ("05.03.2024, 14:30 Uhr", "2024-03-05T14:30:00"),
        ("5. März 2024", "2024-03-05T00:00:00"),
        ("05/03/2024", "2024-03-05T00:00:00"),
        ("2024-03", "2024-03-01T00:00:00"),
        ("2024-W10", "2024-03-04T00:00:00"),
        ("2024", "2024-01-01T00:00:00"),
        ("2024-03-05 25:99", "2024-03-05T00:00:00"),
    ],
)
def test_fields_give_a_time_in_any_writing(text: str, moment: str) -> None:
    assert stated_moment(text) == f"{moment}+00:00"


@pytest.mark.parametrize(
    "text", ["", "soon", "{{date}}", "2024-02-30", "1709640000", "the party was on 2024-03-05", "\x00"]
)
def test_what_is_no_time_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="is no date: write 2026-03-01"):
        stated_moment(text)

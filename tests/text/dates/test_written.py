from __future__ import annotations

import pytest

from sanderling.text.dates.written import MAX_CHARACTERS, Span, written


def test_dates_have_their_places_and_the_longest_counts() -> None:
    text = "From 2024-03-05 on, then week 10 of 2024 and March 2024."
    assert [(text[each.start : each.end], each.unit) for each in written(text)] == [
        ("2024-03-05", "day"),
        ("week 10 of 2024", "week"),
        ("March 2024", "month"),
    ]


@pytest.mark.parametrize("text", ["30.02.2024", "2024-13-01", "2023-W60", "0/0/2024", "99 March 2024"])
def test_what_is_in_no_calendar_is_no_day(text: str) -> None:
    assert not [each for each in written(text) if each.unit in ("day", "week")]


def test_a_year_is_needed_unless_it_may_be_left_out() -> None:
    assert written("5 March") == []
    (found,) = written("5 March", yearless=True)
    assert (found.year, found.number, found.day, found.span()) == (None, 3, 5, None)
    assert found.span(2023) is not None


def test_only_the_beginning_of_a_long_text_is_read() -> None:
    assert written("x" * MAX_CHARACTERS + " 2024-03-05") == []


@pytest.mark.parametrize(
    "text",
    ["5 \u212aarch 2024", "5 mar\u017f 2024", "5 İ 2024", "\u0665 March \u0662\u0660\u0662\u0664", "\u00b2024-03-05"],
)
def test_letters_that_only_fold_to_a_name_are_no_error(text: str) -> None:
    written(text, yearless=True)


def test_spans_that_share_a_day_overlap() -> None:
    (week,), (month,) = written("2024-W09"), written("2024-03")
    one, two = week.span(), month.span()
    assert isinstance(one, Span)
    assert isinstance(two, Span)
    assert one.overlaps(two)
    assert not one._replace(last=one.first).overlaps(two)

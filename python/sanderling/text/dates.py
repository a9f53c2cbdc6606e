"""Normalise ISO-8601 times to UTC, rounded down to seconds, so that they can be sorted as strings.

A time without an offset is UTC, as the memory's own times are; a date alone is a whole day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def first_moment(text: str) -> str:
    """Convert the time ``text`` to UTC; a date gives its first second.

    Raises ValueError, whose message names the format.
    """
    return _moment(text, time.min)


def last_moment(text: str) -> str:
    """Convert the time ``text`` to UTC; a date gives its last second, 23:59:59.

    Raises ValueError as first_moment.
    """
    return _moment(text, time(23, 59, 59))


def _moment(text: str, of_day: time) -> str:
    try:
        try:
            found = datetime.combine(date.fromisoformat(text), of_day)
        except ValueError:
            found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError):  # year 0 in another time zone
        raise ValueError(f"{text!r} is no date: write 2026-03-01 or 2026-03-01T14:30:00+01:00") from None

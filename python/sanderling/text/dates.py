"""ISO-8601 text in, one form of it out: UTC, to the second, so that earlier is smaller as text too.

A time without an offset is taken for UTC, as the memory's own times are; a date alone is a whole day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time


def first_moment(text: str) -> str:
    """Return the second at which ``text`` begins. Raises ValueError, which says what is expected."""
    return _moment(text, time.min)


def last_moment(text: str) -> str:
    """Return the second at which ``text`` ends: for a date 23:59:59. Raises ValueError as above."""
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
    except (ValueError, OverflowError):  # the year 0 of another time zone
        raise ValueError(f"{text!r} is no date: write 2026-03-01 or 2026-03-01T14:30:00+01:00") from None

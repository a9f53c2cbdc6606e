"""Normalise times to UTC in whole seconds, as sortable strings.

A time without an offset is UTC, as the memory's own times are; a date alone is a whole day. Options take ISO-8601 only,
fields of documents whatever people and programs write.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from email.utils import parsedate_to_datetime

from .written import written

_AROUND = "[](){}<>\"'#!, \t"
"""Characters around a date to ignore, such as the brackets of a link to a daily note."""
_CLOCK = re.compile(
    r"[ T,]{1,3}(?:at |um |[^\W\d_]{2,10}\.? )?(\d{1,2})[:.h](\d{2})(?:[:.](\d{2}))?(?:\.\d{1,9})?(?: ?([ap])\.?m\b)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r" ?(?:(Z|UTC|GMT)|([+-]\d{2}):?(\d{2}))$")


def first_moment(text: str) -> str:
    """Convert the time ``text`` to UTC; a date becomes its first second.

    Raises ValueError, whose message names the format.
    """
    return _moment(text, time.min)


def last_moment(text: str) -> str:
    """Convert the time ``text`` to UTC; a date becomes its last second, 23:59:59.

    Raises ValueError as first_moment.
    """
    return _moment(text, time(23, 59, 59))


def stated_moment(text: str) -> str:
    """Convert a date or time in any usual form to UTC; a date, month or year becomes its first second.

    Raises ValueError, whose message names a format.
    """
    bare = " ".join(text.strip(_AROUND).split())  # narrow blanks before "PM", too
    try:
        return first_moment(bare)
    except ValueError:
        pass
    found = written(bare)
    span = found[0].span() if found else None
    if span is None or _other_words(bare[: found[0].start]):
        raise ValueError(f"{text!r} is no date: write 2026-03-01 or 2026-03-01T14:30:00+01:00")
    if ":" in bare and "," in bare[:5]:  # Tue, 5 Mar 2024 14:30:00 +0100, as in e-mails
        try:
            return _utc(parsedate_to_datetime(bare))
        except (ValueError, OverflowError):
            pass
    return _utc(_with_clock(span.first, bare[found[0].end :]))


def _with_clock(day: date, rest: str) -> datetime:
    """Return the time in ``rest``, the text after a date, or the beginning of ``day``."""
    whole = datetime.combine(day, time.min, UTC)
    clock = _CLOCK.match(rest)
    if clock is None:
        return whole
    hour = int(clock[1]) % 12 + (12 if clock[4].lower() == "p" else 0) if clock[4] else int(clock[1])
    offset = _OFFSET.search(rest)
    zone = offset[2] + ":" + offset[3] if offset and offset[2] else "+00:00"
    try:
        return datetime.fromisoformat(f"{day.isoformat()}T{hour:02}:{clock[2]}:{clock[3] or '00'}{zone}")
    except ValueError:  # 25:99
        return whole


def _other_words(before: str) -> bool:
    """Return whether more than a weekday's name stands before a date."""
    return len(before.split()) > 1


def _utc(moment: datetime) -> str:
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat(timespec="seconds")


def _moment(text: str, of_day: time) -> str:
    try:
        try:
            found = datetime.combine(date.fromisoformat(text), of_day)
        except ValueError:
            found = datetime.fromisoformat(text)
        return _utc(found)
    except (ValueError, OverflowError):  # year 0 in another time zone
        raise ValueError(f"{text!r} is no date: write 2026-03-01 or 2026-03-01T14:30:00+01:00") from None

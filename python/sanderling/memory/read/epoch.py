"""Read dates as programs write them: ISO 8601, mail dates, and Unix times in seconds to nanoseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from ...text.dates.moments import first_moment, stated_moment

# Nine digits and more are seconds from 1973 on, of which programs write; eight are 20240305, and four a year.
_LEAST_S = 100_000_000
# From here on a number of seconds would be of the year 5138, and so on by thousands.
_MOST_S = 100_000_000_000
MAX_DATE_CHARS = 100


def moment(value: object) -> str:
    """Return ``value`` as an ISO 8601 date in UTC, or "" if it is not a date.

    ``value``: a number or text of JSON. A number below nine digits is no date here.
    """
    if isinstance(value, dict):
        value = value.get("$date")  # MongoDB's
    if isinstance(value, dict):
        value = value.get("$numberLong")
    if isinstance(value, str):
        value = value.strip()
        if not value or len(value) > MAX_DATE_CHARS:
            return ""
        try:
            number = float(value)
        except ValueError:
            return _written(value)
        # "20240305" is a day, and "inf" and "nan" are numbers to float().
        return _written(value) if abs(number) < _LEAST_S else _counted(number)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _counted(value)
    return ""


def _counted(number: float) -> str:
    try:
        seconds = float(number)
        for _ in range(3):
            if seconds >= _MOST_S:
                seconds /= 1000
        if not _LEAST_S <= seconds < _MOST_S:
            return ""
        return datetime.fromtimestamp(int(seconds), UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return ""


def _written(text: str) -> str:
    try:
        return first_moment(text)
    except ValueError:
        pass
    try:
        found = parsedate_to_datetime(text)
        return first_moment(found.isoformat(timespec="seconds"))
    # A field of a date that is out of range, or too long to be a number.
    except (ValueError, TypeError, OverflowError, IndexError):
        pass
    try:
        return stated_moment(text) if any(map(str.isdecimal, text)) and len(text) > 4 else ""
    except ValueError:
        return ""

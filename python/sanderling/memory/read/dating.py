"""Date a document by its contents, its file's name, its file's time of change, or the time of its ingest.

===========  ==========================================================================================================
``stated``   a field such as ``date`` in it, which counts before the name; ``created`` and ``updated`` count after it
``name``     a day, week, month or quarter in the name of the file or of its folders, else a day in the title; the first
             of several
``file``     the time at which the file was last changed
``ingest``   the time of the ingest
===========  ==========================================================================================================

The time of a file is a last resort and is never shown: copying, unpacking or syncing a folder gives all its files one
time. It is still no worse than the time of ingest, which can only be later. A time before 1990 (archives write 1980,
file systems 1970) or after now is none.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from time import time as now_s

import msgspec

from ...records import NodeMetadata
from ...text.dates.written import written
from .naming import FileNames

EARLIEST_S = datetime(1990, 1, 1, tzinfo=UTC).timestamp()


def dated(
    metadata: NodeMetadata, title: str, names: FileNames | None = None, changed_s: float | None = None
) -> NodeMetadata:
    """Return ``metadata`` with a document's time and the source of that time. ``title``: of the document.

    ``names``: those of its file; None: it has none. ``changed_s``: when the file was last changed, in seconds since
    1970; None: not known, or not the document's own.
    """
    if metadata.dated:
        return metadata
    named = names.date if names is not None else None
    named = named or next((each for each in written(title) if each.unit == "day"), None)
    if named is not None and (span := named.span()) is not None:
        return msgspec.structs.replace(metadata, timestamp=midnight(span.first), dated="name")
    if metadata.timestamp:
        return msgspec.structs.replace(metadata, dated="stated")
    changed = _moment(changed_s)
    if changed:
        return msgspec.structs.replace(metadata, timestamp=changed, dated="file")
    return msgspec.structs.replace(metadata, dated="ingest")


def midnight(day: date) -> str:
    """Return the first second of a day in UTC, as ISO-8601."""
    return datetime.combine(day, time.min, UTC).isoformat(timespec="seconds")


def _moment(changed_s: float | None) -> str:
    # A minute for clocks of file servers that are ahead.
    if changed_s is None or not EARLIEST_S <= changed_s <= now_s() + 60:
        return ""
    return datetime.fromtimestamp(changed_s, UTC).isoformat(timespec="seconds")

"""What a path names, asked before it is opened: a FIFO or a device in the place of a file would wait for ever."""

from __future__ import annotations

import stat
from pathlib import Path

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def irregular(path: Path) -> str:
    """Return what ``path`` is if no regular file can be opened there, for example "a folder"; else "".

    Links are followed; a path that names nothing is no irregular one. Raises OSError where it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return ""
    return next((name for is_kind, name in _KINDS if is_kind(mode)), "")

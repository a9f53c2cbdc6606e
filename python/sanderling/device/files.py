"""Reads small files in /proc and /sys.

An unreadable file gives None or an empty list, not an error.
"""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str | None:
    """Return a file's stripped text, or None. None if the file is absent, unreadable or empty."""
    try:
        # Some reads in sysfs fail with EINVAL or ENODEV, which are OSErrors too.
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return text or None


def read_int(path: Path) -> int | None:
    """Return a file's first word as an integer, or None. None if it is no integer or the file cannot be read."""
    words = (read_text(path) or "").split()
    try:
        return int(words[0]) if words else None
    except ValueError:
        return None


def list_folder(path: Path) -> list[Path]:
    """Return the sorted paths of a folder's entries. Empty if the folder is absent or unreadable."""
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def cpu_list(text: str | None) -> tuple[int, ...]:
    """Parse the kernel's notation for a list of numbers.

    ``0-3,8`` gives 0, 1, 2, 3, 8. Any other text gives an empty tuple.
    """
    cpus: list[int] = []
    try:
        for part in filter(None, (text or "").split(",")):
            first, _, last = part.partition("-")
            cpus.extend(range(int(first), int(last or first) + 1))
    except ValueError:
        return ()
    return tuple(cpus)

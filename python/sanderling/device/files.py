"""Reading small files of /proc and /sys, where absence and refusal are answers too."""

from __future__ import annotations

from pathlib import Path


def read_text(path: Path) -> str | None:
    """Return the file's text without surrounding blanks; None where it is absent, refused or empty."""
    try:
        # sysfs answers some reads with EINVAL or ENODEV, which are OSErrors as much as a missing file is.
        text = path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    return text or None


def read_int(path: Path) -> int | None:
    """Return the file's first word as a number; None where there is none."""
    words = (read_text(path) or "").split()
    try:
        return int(words[0]) if words else None
    except ValueError:
        return None


def list_folder(path: Path) -> list[Path]:
    """Sorted entries; empty where the folder is absent or refused."""
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def cpu_list(text: str | None) -> tuple[int, ...]:
    """Expand the kernel's list format: ``0-3,8`` is 0, 1, 2, 3, 8. Anything else gives an empty tuple."""
    cpus: list[int] = []
    try:
        for part in filter(None, (text or "").split(",")):
            first, _, last = part.partition("-")
            cpus.extend(range(int(first), int(last or first) + 1))
    except ValueError:
        return ()
    return tuple(cpus)

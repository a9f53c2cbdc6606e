"""Resident memory of this process, now and at its highest."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import psutil

from ..device.files import read_text


@cache
def _this() -> psutil.Process:
    return psutil.Process()  # milliseconds on a busy machine, so once


def rss_bytes() -> int:
    """Resident memory now."""
    return int(_this().memory_info().rss)


def peak_rss_bytes(root: Path = Path("/")) -> int:
    """The most that was ever resident; what is now, where the system does not keep it.

    Linux keeps it per program (``VmHWM``). ``getrusage`` would give what the parent had before it started this one.
    """
    for line in (read_text(root / "proc/self/status") or "").splitlines():
        key, _, value = line.partition(":")
        if key == "VmHWM" and (words := value.split()) and words[0].isdigit():
            return int(words[0]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return rss_bytes()

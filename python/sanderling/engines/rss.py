"""Resident memory of this process, now and at its most."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import psutil


@cache
def _this() -> psutil.Process:
    return psutil.Process()  # some milliseconds on a busy machine, so once


def rss_bytes() -> int:
    """Resident bytes now, mapped model file included."""
    return int(_this().memory_info().rss)


def peak_rss_bytes() -> int:
    """The most resident bytes since this process began.

    On Linux from VmHWM: ``ru_maxrss`` there begins at what the parent held when it forked.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # no /proc: macOS, where the other source is right
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

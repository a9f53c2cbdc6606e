"""Measures the current and peak resident memory of processes."""

from __future__ import annotations

import os
import sys
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..device.files import read_text

if TYPE_CHECKING:
    import psutil


def memory_of(pid: int, root: Path = Path("/")) -> tuple[int, int]:
    """Return a process's resident memory and the file-backed part of that memory, in bytes.

    (0, 0) if it has ended.

    ``root``: the folder that contains ``proc``.
    """
    if sys.platform in {"linux", "android"}:
        words = (read_text(_statm(root, pid)) or "").split()
        pages = [int(word) for word in words[1:3] if word.isdigit()]
        rss, shared = (*pages, 0, 0)[:2]
        page = os.sysconf("SC_PAGE_SIZE")
        return rss * page, min(rss, shared) * page
    import psutil

    try:
        memory = psutil.Process(pid).memory_info()
    except psutil.Error:
        return 0, 0
    return memory.rss, min(memory.rss, getattr(memory, "shared", 0))  # macOS reports no shared part


@lru_cache(maxsize=16)  # parsed once, as in :mod:`sanderling.device.ram`
def _statm(root: Path, pid: int) -> Path:
    return root / f"proc/{pid}/statm"


@cache
def _this() -> psutil.Process:
    import psutil

    return psutil.Process()  # takes milliseconds on a busy machine, so it is cached


def rss_bytes(root: Path = Path("/")) -> int:
    """Return the resident memory of this process in bytes. ``root``: the folder that contains ``proc``."""
    return memory_of(os.getpid(), root)[0] or int(_this().memory_info().rss)


def peak_rss_bytes(root: Path = Path("/")) -> int:
    """Return the peak resident memory of this process, in bytes.

    Returns the current value if the system records no peak. On Linux the peak is ``VmHWM``, counted
    since this program was started; ``getrusage`` would include the parent's memory before that. ``root``: the folder
    that contains ``proc``.
    """
    for line in (read_text(root / "proc/self/status") or "").splitlines():
        key, _, value = line.partition(":")
        if key == "VmHWM" and (words := value.split()) and words[0].isdigit():
            return int(words[0]) * 1024
    if sys.platform == "darwin":
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return rss_bytes()

"""CPU time, page faults and memory of the worker, of this process, and of everything else on the same CPUs.

Read from Linux's /proc, or by psutil elsewhere (macOS) and for CPU time. Android shows a process only itself and its
children, so other load stays unknown there.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

from ...device.files import read_text

IDLE = ("idle", "iowait", "guest", "guest_nice")
"""CPU time fields that do not count as work; guest time is already part of user time."""


def allowed_cpus() -> tuple[int, ...]:
    """Return the logical CPUs this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return tuple(range(os.cpu_count() or 1))


def busy_s(cpus: tuple[int, ...]) -> float | None:
    """Return the busy seconds of ``cpus`` since boot, summed over all of them; None if unknown."""
    try:
        times = psutil.cpu_times(percpu=True)
    except (OSError, psutil.Error):
        return None
    return sum(
        float(value)
        for cpu, one in enumerate(times)
        if cpu in cpus
        for field, value in one._asdict().items()
        if field not in IDLE
    )


def own_s(pid: int | None) -> float:
    """Return the CPU seconds of this process and of the worker ``pid``."""
    mine = os.times()
    total = mine.user + mine.system
    if pid is not None:
        try:
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
        except psutil.Error:
            pass  # it ended meanwhile, which the engine reports with more words
    return total


def on_battery() -> bool | None:
    """Whether the device runs on battery; None if it has no battery or the power source is unknown."""
    try:
        battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    except OSError:  # Android refuses the folder
        return None
    return None if battery is None or battery.power_plugged is None else not battery.power_plugged


def major_faults(root: Path, pid: int | None) -> int | None:
    """Return the number of the worker's major page faults, which read from a disk; None if unknown."""
    stat = read_text(root / f"proc/{pid}/stat") if pid is not None else None
    if stat is not None:
        # Field 12 of proc_pid_stat(5); the name before it stands in brackets and may hold spaces.
        return int(stat.rpartition(")")[2].split()[9])
    try:
        pages = getattr(psutil.Process(pid).memory_info(), "pageins", None) if pid is not None else None
    except psutil.Error:
        return None
    return None if pages is None else int(pages)


def swapped_in_pages(root: Path) -> int | None:
    """Return the number of pages swapped in since boot, system-wide."""
    for line in (read_text(root / "proc/vmstat") or "").splitlines():
        name, _, value = line.partition(" ")
        if name == "pswpin":
            return int(value)
    return None


def memory(root: Path, pid: int | None) -> tuple[int | None, int | None]:
    """Return the worker's peak resident memory and its swapped-out memory, in bytes."""
    if pid is None:
        return None, None
    fields = {}
    for line in (read_text(root / f"proc/{pid}/status") or "").splitlines():
        name, _, value = line.partition(":")
        words = value.split()
        if name in {"VmHWM", "VmSwap"} and words and words[0].isdigit():
            fields[name] = int(words[0]) * 1024
    if "VmHWM" in fields:
        return fields["VmHWM"], fields.get("VmSwap")
    try:
        return int(psutil.Process(pid).memory_info().rss), None
    except psutil.Error:
        return None, None

"""Reads total and available RAM within the limits of cgroups.

From /proc/meminfo, lowered to the limits of the enclosing cgroups. Any ancestor can have a limit and exceeding the
tightest one kills the process, so all levels up to the mount point are read. Inside a container the path in
/proc/self/cgroup may be the host's and not exist; then the mount point itself is the container's cgroup.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath

from ..records import Record
from .files import read_int, read_text

UNLIMITED_BYTES = 1 << 60
"""Least limit that counts as no limit, in bytes.

cgroup v1 writes "no limit" as the largest multiple of the page size, close to 2**63.
"""


class Ram(Record):
    """RAM and swap of this process's system or container, in bytes; None: unknown."""

    total: int | None
    available: int | None
    swap_total: int | None


def read_ram(root: Path) -> Ram:
    """Return the RAM and swap that this process can use."""
    fields: dict[str, int] = {}
    for line in (read_text(_inside(root, "proc/meminfo")) or "").splitlines():
        key, _, value = line.partition(":")
        words = value.split()
        if words and words[0].isdigit():
            fields[key] = int(words[0]) * 1024
    total, available = fields.get("MemTotal"), fields.get("MemAvailable")
    for limit, used in _limits(root):
        total = limit if total is None else min(total, limit)
        if used is not None:
            room = max(0, limit - used)
            available = room if available is None else min(available, room)
    if total is not None and available is not None:
        available = min(available, total)
    return Ram(total=total, available=available, swap_total=fields.get("SwapTotal"))


def cpu_quota(root: Path) -> float | None:
    """Return the smallest CPU quota of this process's cgroups, or None without one.

    The unit is one CPU; the quota may be a fraction.
    """
    quotas = []
    for folder in _levels(root, ""):
        words = (read_text(folder / "cpu.max") or "").split()
        if len(words) == 2 and words[0].isdigit() and int(words[1]) > 0:
            quotas.append(int(words[0]) / int(words[1]))
    for folder in _levels(root, "cpu"):
        quota, period = read_int(folder / "cpu.cfs_quota_us"), read_int(folder / "cpu.cfs_period_us")
        if quota and period and quota > 0:
            quotas.append(quota / period)
    return min(quotas, default=None)


def cpu_clamp(root: Path) -> float | None:
    """Return the lowest cgroup limit on clock rates, or None without one.

    As a share of the maximum. Android sets it for apps in the background (``cpu.uclamp.max``, in per cent).
    """
    clamps = []
    for controller in ("", "cpu"):
        for folder in _levels(root, controller):
            try:
                clamps.append(float(read_text(folder / "cpu.uclamp.max") or "max") / 100)
            except ValueError:
                continue  # "max": no limit
    return min((clamp for clamp in clamps if clamp < 1.0), default=None)


def _limits(root: Path) -> Iterator[tuple[int, int | None]]:
    """Yield the memory limit and use of each cgroup with a limit, in bytes.

    Only use that cannot be reclaimed counts.
    """
    for controller, limit_name, usage_name, cache_name in (
        ("", "memory.max", "memory.current", "inactive_file"),
        ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ):
        for folder in _levels(root, controller):
            limit = read_int(_inside(folder, limit_name))
            if limit is None or limit >= UNLIMITED_BYTES:
                continue
            usage = read_int(_inside(folder, usage_name))
            lines = (read_text(_inside(folder, "memory.stat")) or "").splitlines()
            stat = dict(line.split(maxsplit=1) for line in lines if " " in line)
            cache = stat.get(cache_name, "0")
            yield limit, None if usage is None else usage - (int(cache) if cache.isdigit() else 0)


def _levels(root: Path, controller: str) -> Iterator[Path]:
    """Yield the folders of this process's cgroup and of the cgroups around it.

    An empty ``controller`` means cgroup version 2.
    """
    for line in (read_text(_inside(root, "proc/self/cgroup")) or "").splitlines():
        _, _, rest = line.partition(":")
        names, _, path = rest.partition(":")
        if controller not in names.split(","):
            continue
        yield from _upwards(_inside(root, f"sys/fs/cgroup/{controller}"), path)
        return


# pathlib interns each part of a path that it parses, and a part that nothing keeps is a new one the next time: Python's
# table of interned strings fills up with removed ones, and doubled (1 MB) after some 1,700 questions. So what each
# question reads is parsed once.
@lru_cache(maxsize=64)
def _inside(folder: Path, name: str) -> Path:
    return folder / name


@lru_cache(maxsize=16)
def _upwards(mount: Path, path: str) -> tuple[Path, ...]:
    """Return the folder of the cgroup ``path`` and of those around it. From below ``mount`` up to it."""
    # ".." appears if the process is outside the namespace's root; such a path does not exist in here.
    steps = [step for step in PurePosixPath(path).parts if step not in {"/", ".."}]
    return tuple(mount.joinpath(*steps[:depth]) for depth in range(len(steps), -1, -1))

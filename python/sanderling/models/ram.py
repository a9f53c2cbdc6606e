"""How much memory is left for a model: what the system says, bounded by the control groups this process is in.

In a container the system's own figure is that of the whole machine; the group's limit is what the kernel enforces.
"""

from __future__ import annotations

from pathlib import Path

import psutil


def available_bytes(root: Path = Path("/")) -> int:
    """Return the bytes that can be used without being killed. ``root`` is another place for /proc and /sys."""
    return max(min([int(psutil.virtual_memory().available), *_group_headrooms(root)]), 0)


def _group_headrooms(root: Path) -> list[int]:
    """Return limit minus use of every control group above this process that has a limit."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []  # Not Linux, or /proc is hidden: there are no groups to ask.
    headrooms: list[int] = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            mount, limit, used = root / "sys/fs/cgroup", "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            mount, limit, used = root / "sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        # Inside a container the path may be the host's and not exist here; the walk still ends at the mount itself.
        group = mount / path.lstrip("/")
        for folder in (group, *group.parents):
            if not folder.is_relative_to(mount):
                break
            headroom = _headroom(folder, limit, used)
            if headroom is not None:
                headrooms.append(headroom)
    return headrooms


def _headroom(group: Path, limit: str, used: str) -> int | None:
    try:
        most = int((group / limit).read_text())  # "max" where there is no limit: a ValueError
        use = int((group / used).read_text())
        stat = dict(line.split() for line in (group / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):
        return None
    # Cached file pages count as use but are given up under pressure.
    return most - use + int(stat.get("total_inactive_file", stat.get("inactive_file", 0)))

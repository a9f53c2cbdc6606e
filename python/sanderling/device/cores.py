"""Tells big cores from little ones.

By sysfs if that is readable, else by the core types in /proc/cpuinfo. Evidence, strongest first: the kernel's own split
of a hybrid x86 (``cpu_core`` and ``cpu_atom``); parts known to be in-order; the maximum frequency; the scheduler's
``cpu_capacity``.
"""

from __future__ import annotations

from pathlib import Path

from .cpuinfo import LITTLE_CORES, CpuInfo
from .files import cpu_list, list_folder, read_int, read_text
from .record import CoreGroup, CoreKind

LITTLE_BELOW_FREQUENCY = 0.8
"""Fraction of the fastest core's frequency below which a core is little.

Little: the A55 of RK3588 at 1.8 of 2.4 GHz (0.75), the A510 of Snapdragon 8 Gen 2 at 2.0 of 3.2 (0.63), the A520 of
8 Gen 3 at 2.3 of 3.3 (0.70). Slower cores that are worth a thread start at 0.82 (8 Elite, 3.53 of 4.32 GHz) and 0.88
(8 Gen 2, 2.8 of 3.2).
"""
LITTLE_BELOW_CAPACITY = 0.6
"""Fraction of the greatest ``cpu_capacity`` below which a core is little.

The capacity is frequency times work per cycle. It is used if no core is little by frequency.
"""


def logical_cpus(root: Path, info: CpuInfo) -> tuple[int, ...]:
    """Return the numbers of the online logical CPUs."""
    return cpu_list(read_text(root / "sys/devices/system/cpu/online")) or info.cpus


def physical_of(root: Path, info: CpuInfo, cpus: tuple[int, ...]) -> dict[int, int]:
    """Map each logical CPU to the first logical CPU of the same physical core."""
    named = dict(zip(info.cpus, info.core_ids, strict=False))
    seen: dict[tuple[str, str], int] = {}
    first: dict[int, int] = {}
    for cpu in cpus:
        topology = root / f"sys/devices/system/cpu/cpu{cpu}/topology"
        siblings = cpu_list(read_text(topology / "core_cpus_list") or read_text(topology / "thread_siblings_list"))
        if siblings:
            first[cpu] = min((sibling for sibling in siblings if sibling in cpus), default=cpu)
        elif cpu in named:
            first[cpu] = seen.setdefault(named[cpu], cpu)
        else:
            first[cpu] = cpu
    return first


def core_groups(root: Path, info: CpuInfo, cpus: tuple[int, ...], first: dict[int, int]) -> tuple[CoreGroup, ...]:
    """Group the physical cores by kind, frequency and name, fastest first."""
    folder = root / "sys/devices/system/cpu"
    max_khz = {cpu: read_int(folder / f"cpu{cpu}/cpufreq/cpuinfo_max_freq") for cpu in cpus}
    little = _little(root, info, cpus, max_khz)
    names = info.core_names
    members: dict[tuple[CoreKind, int | None, str | None], list[int]] = {}
    for cpu in sorted(set(first.values())):
        khz = max_khz[cpu]
        kind: CoreKind = "little" if cpu in little else "big"
        members.setdefault((kind, khz and round(khz / 1000), names.get(cpu)), []).append(cpu)
    groups = [
        CoreGroup(kind=kind, cpus=tuple(ids), cores=len(ids), max_mhz=mhz, name=name)
        for (kind, mhz, name), ids in members.items()
    ]
    return tuple(sorted(groups, key=lambda group: (group.kind, -(group.max_mhz or 0))))


def _little(root: Path, info: CpuInfo, cpus: tuple[int, ...], max_khz: dict[int, int | None]) -> set[int]:
    """Return the logical CPUs of the little cores.

    Empty if all cores would count as little. The fastest cores of a chip are its big ones.
    """
    atom = cpu_list(read_text(root / "sys/devices/cpu_atom/cpus"))
    if atom and cpu_list(read_text(root / "sys/devices/cpu_core/cpus")):
        return set(atom)
    little = {cpu for cpu, name in info.core_names.items() if name in LITTLE_CORES}
    capacity = {cpu: read_int(root / f"sys/devices/system/cpu/cpu{cpu}/cpu_capacity") for cpu in cpus}
    little |= _below(max_khz, LITTLE_BELOW_FREQUENCY) or _below(capacity, LITTLE_BELOW_CAPACITY)
    return set() if little >= set(cpus) else little


def _below(values: dict[int, int | None], share: float) -> set[int]:
    known = {cpu: value for cpu, value in values.items() if value}
    return {cpu for cpu, value in known.items() if value < share * max(known.values())}


def governor(root: Path) -> str | None:
    """Return the name of the frequency governor, or None if unknown.

    If cores have different governors, all names are joined by commas.
    """
    found = {
        text
        for folder in list_folder(root / "sys/devices/system/cpu/cpufreq")
        if folder.name.startswith("policy") and (text := read_text(folder / "scaling_governor"))
    }
    return ", ".join(sorted(found)) or None

"""Which cores are big: from sysfs where it is readable, else from the parts named in /proc/cpuinfo.

Evidence, strongest first: the kernel's own split of a hybrid x86 (``cpu_core`` and ``cpu_atom``); parts known to be
in-order; the maximum frequency; the scheduler's ``cpu_capacity``.
"""

from __future__ import annotations

from pathlib import Path

from .cpuinfo import LITTLE_CORES, CpuInfo
from .files import cpu_list, list_folder, read_int, read_text
from .record import CoreGroup, CoreKind

LITTLE_BELOW_FREQUENCY = 0.8
"""Share of the fastest core's frequency below which a core is little.

RK3588 has its A55 at 1.8 of 2.4 GHz (0.75), Snapdragon 8 Gen 2 its A510 at 2.0 of 3.2 (0.63), 8 Gen 3 its A520 at 2.3
of 3.3 (0.70). The slower cores that do help start at 0.82 (8 Elite, 3.53 of 4.32 GHz) and 0.88 (8 Gen 2, 2.8 of 3.2).
"""
LITTLE_BELOW_CAPACITY = 0.6
"""The same for ``cpu_capacity``, which multiplies frequency by work per cycle. Only read where no frequency is."""


def logical_cpus(root: Path, info: CpuInfo) -> tuple[int, ...]:
    """Online logical CPUs."""
    return cpu_list(read_text(root / "sys/devices/system/cpu/online")) or info.cpus


def physical_of(root: Path, info: CpuInfo, cpus: tuple[int, ...]) -> dict[int, int]:
    """Map each logical CPU to the first logical CPU of its physical core."""
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
    """Find the little CPUs; never all of them, since the fastest a chip has are its big ones."""
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
    """Read the frequency governor; several are joined by a comma."""
    found = {
        text
        for folder in list_folder(root / "sys/devices/system/cpu/cpufreq")
        if folder.name.startswith("policy") and (text := read_text(folder / "scaling_governor"))
    }
    return ", ".join(sorted(found)) or None

"""Temperature, clock, and evidence of throttling, as published by Linux and its drivers.

Sources: Documentation/driver-api/thermal/sysfs-api.rst (zones, trip points, cooling devices),
Documentation/admin-guide/pm/cpufreq.rst (``scaling_cur_freq``), arch/x86/kernel/cpu/mce/therm_throt.c
(``core_throttle_count``), and the bits of ``vcgencmd get_throttled``, which Raspberry Pi's kernel also exposes as a
file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from ...device.files import list_folder, read_int, read_text
from ...device.strain import cpu_zones, limits_c

COOLING_CPU = re.compile(r"cpufreq|^Processor$")
"""Cooling devices that slow the CPU; fans and displays are cooling devices too."""
FIRMWARE_BITS = ("under-voltage", "frequency capped by firmware", "throttled by firmware", "soft temperature limit")
"""Bits 0 to 3. Bits 16 to 19 report the same for any time since boot, so they do not apply to one row."""


def temperature_c(root: Path) -> float | None:
    """Return the temperature of the hottest CPU zone; None if there is none."""
    return max((celsius for _, celsius in cpu_zones(root)), default=None)


def clock_mhz(root: Path, cpus: Iterable[int]) -> float | None:
    """Return the highest clock of ``cpus``.

    Lower clocks may belong to idle CPUs, which is no fault.
    """
    folder = root / "sys/devices/system/cpu"
    khz = [found for cpu in cpus if (found := read_int(folder / f"cpu{cpu}/cpufreq/scaling_cur_freq"))]
    return max(khz) / 1000 if khz else None


def throttle_events(root: Path, cpus: Iterable[int]) -> int | None:
    """Return the number of throttling events that x86 hardware counted on ``cpus``."""
    folder = root / "sys/devices/system/cpu"
    counts = [read_int(folder / f"cpu{cpu}/thermal_throttle/core_throttle_count") for cpu in cpus]
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def throttled_by(root: Path) -> tuple[str, ...]:
    """Return the causes that limit the clock now: zones at their limit, active cooling devices, firmware."""
    found = []
    for zone, celsius in cpu_zones(root):
        limit = min(limits_c(zone), default=None)
        if limit is not None and celsius >= limit:
            found.append(f"{read_text(zone / 'type')} at its limit of {limit:.0f} °C")
    for device in list_folder(root / "sys/class/thermal"):
        name = read_text(device / "type") or ""
        state = read_int(device / "cur_state")
        if device.name.startswith("cooling_device") and COOLING_CPU.search(name) and state and state > 0:
            found.append(f"cooling device {name} at {state}")
    for file in sorted((root / "sys/devices/platform").glob("soc*/soc*:firmware/get_throttled")):
        try:
            bits = int(read_text(file) or "0", 16)
        except ValueError:
            continue
        found += [reason for bit, reason in enumerate(FIRMWARE_BITS) if bits >> bit & 1]
    return tuple(found)

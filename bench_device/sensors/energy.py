"""Energy and power sensors: RAPL, a discharging battery, INA monitors.

Energy is never estimated from load or nominal power: without a sensor there is no figure. Units are those of sysfs:
``energy_uj`` microjoules (Documentation/power/powercap/powercap.rst), ``power_now`` microwatts, ``current_now``
microamperes, ``voltage_now`` microvolts (Documentation/ABI/testing/sysfs-class-power), hwmon ``power1_input``
microwatts, ``curr1_input`` milliamperes, ``in1_input`` millivolts (Documentation/hwmon/sysfs-interface.rst).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from ...device.files import list_folder, read_int, read_text
from ...records import Record
from .reading import Reading


class Energy(Record):
    """Energy used during a measurement, according to one sensor.

    The energy is that of a whole package or board, never of the worker alone.
    """

    sensor: str
    joules: float
    watts: float
    """Mean power."""


def counters(root: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Return the energy counters of all readable RAPL packages, in joules.

    Each has the value at which it wraps around.
    """
    joules, ranges = {}, {}
    for zone in list_folder(root / "sys/class/powercap"):
        # One colon: a package. The domains below it (core, dram) are parts of it or would be counted twice.
        if not re.fullmatch(r"[\w-]*rapl[\w-]*:\d+", zone.name):
            continue
        # The kernel lets only root read it, because it leaks what other processes compute.
        now, end = read_int(zone / "energy_uj"), read_int(zone / "max_energy_range_uj")
        if now is not None and end:
            name = f"{zone.name} ({read_text(zone / 'name') or 'package'})"
            joules[name], ranges[name] = now / 1e6, end / 1e6
    return joules, ranges


def power_w(root: Path) -> dict[str, float]:
    """Return the power, in watts, that each discharging battery and each INA monitor reports."""
    found = {}
    for supply in list_folder(root / "sys/class/power_supply"):
        if read_text(supply / "type") == "Battery" and read_text(supply / "status") == "Discharging":
            watts = _watts(supply / "power_now", supply / "current_now", supply / "voltage_now", 1e-6)
            if watts:
                found[f"battery {supply.name}"] = watts
    for monitor in list_folder(root / "sys/class/hwmon"):
        chip = read_text(monitor / "name") or ""
        if re.fullmatch(r"ina\d+\w*", chip):
            for channel in (1, 2, 3):
                watts = _watts(
                    monitor / f"power{channel}_input",
                    monitor / f"curr{channel}_input",
                    monitor / f"in{channel}_input",
                    1e-3,
                )
                if watts:
                    label = read_text(monitor / f"in{channel}_label") or f"channel {channel}"
                    found[f"{chip} {label}"] = watts
    return found


def _watts(power: Path, current: Path, voltage: Path, unit: float) -> float | None:
    micro = read_int(power)
    if micro is not None:
        return abs(micro) / 1e6
    amperes, volts = read_int(current), read_int(voltage)
    # A drained battery's current is negative in some drivers and positive in others.
    return None if amperes is None or volts is None else abs(amperes) * unit * volts * unit


def used(readings: Sequence[Reading]) -> tuple[Energy, ...]:
    """Return the energy used between the first and the last reading, for each sensor that reported throughout.

    Counters are subtracted; power is integrated by the trapezoidal rule.
    """
    first, last = readings[0], readings[-1]
    seconds = last.at_s - first.at_s
    if seconds <= 0:
        return ()
    joules = {
        # One turn of the counter is allowed for: the range of a package is hours of its power, or at least minutes.
        name: (last.energy_j[name] - begin) % first.energy_range_j[name]
        for name, begin in first.energy_j.items()
        if name in last.energy_j
    }
    for name in first.power_w:
        if all(name in each.power_w for each in readings):
            pairs = pairwise(readings)
            joules[name] = sum((b.at_s - a.at_s) * (a.power_w[name] + b.power_w[name]) / 2 for a, b in pairs)
    return tuple(Energy(sensor=name, joules=value, watts=value / seconds) for name, value in joules.items())

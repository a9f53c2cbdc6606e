"""Reads the device's thermal headroom and battery charge.

Both are known on Linux and Android only. Source of the zones and trip points: Linux,
Documentation/driver-api/thermal/sysfs-api.rst.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

from ..records import Record
from .files import list_folder, read_int, read_text
from .linux import read_battery

CPU_ZONE = re.compile(r"cpu|soc|pkg|core|acpitz")
FRESH_S = 10.0
"""Seconds for which a reading is reused. Phones have dozens of zones, and heat and charge change slowly."""


class Strain(Record):
    """Thermal headroom and battery charge at one moment. None: not known."""

    headroom_k: float | None = None
    """Kelvin until the first zone is so hot that clocks are lowered. Negative once above its trip point."""
    battery: float | None = None
    """Charge of the battery, from 0 to 1; 1 while plugged in."""


UNKNOWN = Strain()


def cpu_zones(root: Path) -> Iterator[tuple[Path, float]]:
    """Yield each thermal zone of the CPU, with its temperature in degrees Celsius."""
    for zone in list_folder(root / "sys/class/thermal"):
        name = (read_text(zone / "type") or "").lower()
        millidegrees = read_int(zone / "temp")
        # Unused zones read 0 or wildly negative.
        if zone.name.startswith("thermal_zone") and CPU_ZONE.search(name) and _sane(millidegrees):
            yield zone, (millidegrees or 0) / 1000


def limits_c(zone: Path) -> list[float]:
    """Return the temperatures at which a thermal zone lowers clock rates, in degrees Celsius.

    These are its trip points of type "passive" and "hot". Left aside: "active" ones, which start a fan, and "critical"
    ones, which shut the system down.
    """
    found = []
    for entry in list_folder(zone):
        if re.fullmatch(r"trip_point_\d+_type", entry.name) and read_text(entry) in {"passive", "hot"}:
            limit = read_int(entry.with_name(entry.name.replace("_type", "_temp")))
            if _sane(limit):
                found.append((limit or 0) / 1000)
    return found


def _sane(millidegrees: int | None) -> bool:
    return millidegrees is not None and 0 < millidegrees < 150_000


def read_strain(root: Path) -> Strain:
    """Read the thermal headroom and the battery charge. From /sys below ``root``."""
    room = [limit - celsius for zone, celsius in cpu_zones(root) for limit in limits_c(zone)]
    battery = read_battery(root)
    share = None
    if battery is not None:
        share = 1.0 if battery.plugged else None if battery.percent is None else battery.percent / 100
    return Strain(headroom_k=min(room, default=None), battery=share)


class Gauge:
    """Reads the strain, and reuses each reading for ``FRESH_S`` seconds."""

    def __init__(self, root: Path = Path("/")) -> None:
        """Create a gauge without a reading.

        ``root``: the folder that contains ``sys``.
        """
        self._root, self._read_at, self._strain = root, -FRESH_S, Strain()

    def now(self) -> Strain:
        """Return a reading no older than ``FRESH_S`` seconds."""
        if time.monotonic() - self._read_at >= FRESH_S:
            self._strain, self._read_at = read_strain(self._root), time.monotonic()
        return self._strain

"""Reads the Device record of a Linux or Android system.

From /proc and /sys below a given root folder.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from . import cores, cpuinfo, ram
from .files import list_folder, read_int, read_text
from .record import ARCHITECTURES, Battery, Device


def read_linux(
    root: str | Path,
    *,
    os_name: str = "linux",
    arch: str,
    allowed_cpus: frozenset[int] | None = None,
    getprop: Callable[[str], str | None] | None = None,
) -> Device:
    """Build the Device record from /proc and /sys below ``root``.

    ``arch``: as the system spells it. ``allowed_cpus`` None: the process may use all CPUs. ``getprop``: lookup of an
    Android property; None: not Android.
    """
    root = Path(root)
    properties = getprop or (lambda _name: None)
    info = cpuinfo.parse(read_text(root / "proc/cpuinfo") or "")
    cpus = cores.logical_cpus(root, info)
    first = cores.physical_of(root, info, cpus)
    memory = ram.read_ram(root)
    return Device(
        os=os_name,
        arch=ARCHITECTURES.get(arch.lower(), arch),
        machine=(
            _device_tree(root, "model")
            or properties("ro.product.model")
            or read_text(root / "sys/devices/virtual/dmi/id/product_name")
            or info.board
        ),
        compatible=tuple((_device_tree(root, "compatible") or "").splitlines()),
        soc=properties("ro.soc.model") or read_text(root / "sys/devices/soc0/machine"),
        cpu_name=info.name,
        cpu_parts=info.part_counts,
        logical_cores=len(cpus) or None,
        physical_cores=len(set(first.values())) or None,
        groups=cores.core_groups(root, info, cpus, first),
        allowed_cpus=None if allowed_cpus is None else tuple(sorted(allowed_cpus)),
        cpu_quota=ram.cpu_quota(root),
        isa=info.isa,
        governor=cores.governor(root),
        ram_total_bytes=memory.total,
        ram_available_bytes=memory.available,
        swap_total_bytes=memory.swap_total,
        battery=read_battery(root),
        temperature_c=_temperature(root),
    )


def read_android_property(name: str) -> str | None:
    """Return the value of an Android property, or None.

    None if it is unset or ``getprop`` is absent (as in a proot).
    """
    try:
        answer = subprocess.run(["getprop", name], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() or None


def _device_tree(root: Path, name: str) -> str | None:
    """Return a property of the device tree's root. Its NUL-terminated strings are on separate lines."""
    text = read_text(root / "proc/device-tree" / name) or read_text(root / "sys/firmware/devicetree/base" / name)
    return None if text is None else text.strip("\0").replace("\0", "\n")


def read_battery(root: Path) -> Battery | None:
    """Return the state of the battery, or None without a battery."""
    percent: float | None = None
    plugged: bool | None = None
    found = False
    for supply in list_folder(root / "sys/class/power_supply"):
        kind = read_text(supply / "type")
        if kind == "Battery" and read_text(supply / "scope") != "Device":  # "Device": of a mouse or a pen
            found = True
            percent = read_int(supply / "capacity")
            if plugged is None and (status := read_text(supply / "status")):
                plugged = status != "Discharging"
        elif kind in {"Mains", "USB"} and read_int(supply / "online") == 1:
            plugged = True
    return Battery(percent=percent, plugged=plugged) if found else None


def _temperature(root: Path) -> float | None:
    celsius = []
    for zone in list_folder(root / "sys/class/thermal"):
        name = read_text(zone / "type") or ""
        millidegrees = read_int(zone / "temp")
        # Unused zones read 0 or wildly negative; phones have dozens of zones for skin, battery and radio.
        if re.search(r"cpu|soc|pkg|core|acpitz", name.lower()) and millidegrees and 0 < millidegrees < 150_000:
            celsius.append(millidegrees / 1000)
    return max(celsius, default=None)

"""Builds the Device record of a Mac from ``sysctl``.

``hw.perflevel0`` is the fastest kind of core (Apple, "Determining system capabilities"). macOS does not number cores or
pin threads, so the core groups hold only counts. Frequencies are not published.
"""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable

from .record import ARCHITECTURES, Battery, CoreGroup, Device

FEATURES = {
    "hw.optional.AdvSIMD": "neon",
    "hw.optional.arm.FEAT_DotProd": "dotprod",
    "hw.optional.arm.FEAT_I8MM": "i8mm",
    "hw.optional.arm.FEAT_BF16": "bf16",
    "hw.optional.arm.FEAT_FP16": "fp16",
    "hw.optional.arm.FEAT_SME": "sme",
    "hw.optional.arm.FEAT_SME2": "sme2",
    "hw.optional.avx1_0": "avx",
    "hw.optional.avx2_0": "avx2",
    "hw.optional.fma": "fma",
    "hw.optional.f16c": "f16c",
    "hw.optional.avx512f": "avx512f",
}


def read_apple(
    sysctl: Callable[[str], str | None],
    *,
    arch: str,
    ram_available_bytes: int | None = None,
    swap_total_bytes: int | None = None,
    battery: Battery | None = None,
) -> Device:
    """Build the Device record of a Mac. ``sysctl`` maps a name to its value, or to None for an unknown name."""

    def number(name: str) -> int | None:
        value = sysctl(name)
        return int(value) if value is not None and value.isdigit() else None

    groups = []
    for level in range(number("hw.nperflevels") or 0):
        cores = number(f"hw.perflevel{level}.physicalcpu")
        if cores:
            name = sysctl(f"hw.perflevel{level}.name")
            groups.append(CoreGroup(kind="little" if level else "big", cpus=(), cores=cores, name=name))
    return Device(
        os="darwin",
        arch=ARCHITECTURES.get(arch.lower(), arch),
        machine=sysctl("hw.model"),
        cpu_name=sysctl("machdep.cpu.brand_string"),
        logical_cores=number("hw.logicalcpu"),
        physical_cores=number("hw.physicalcpu"),
        groups=tuple(groups),
        isa=tuple(ours for theirs, ours in FEATURES.items() if number(theirs) == 1),
        ram_total_bytes=number("hw.memsize"),
        ram_available_bytes=ram_available_bytes,
        swap_total_bytes=swap_total_bytes,
        battery=battery,
    )


def parse_sysctl(text: str) -> dict[str, str]:
    """Parse the output of ``sysctl hw machdep.cpu`` to a dict. Each line is ``name: value``."""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def read_apple_live() -> Device:
    """Return the Device record of this Mac."""
    import psutil

    try:
        # One call for all names; -i skips those that this macOS does not know.
        command = ["sysctl", "-i", "hw", "machdep.cpu"]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        answer = ""
    charge = psutil.sensors_battery()
    return read_apple(
        parse_sysctl(answer).get,
        arch=platform.machine(),
        ram_available_bytes=psutil.virtual_memory().available,
        swap_total_bytes=psutil.swap_memory().total,
        battery=None if charge is None else Battery(percent=charge.percent, plugged=charge.power_plugged),
    )

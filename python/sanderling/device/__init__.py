"""What this device is: read from /proc and /sys (Linux, Android) or from sysctl (macOS).

Out goes one :class:`Device`. A file that is absent or may not be read is normal (Android hides most of /sys), so it
becomes None in the record and never an exception; a Device full of None is still a valid one.
"""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

from .ram import read_ram
from .record import Battery, CoreGroup, Device, FormFactor

__all__ = ["Battery", "CoreGroup", "Device", "FormFactor", "available_ram_bytes", "read"]


def read() -> Device:
    """Read the device this process runs on."""
    if sys.platform == "darwin":
        from .apple import read_apple_live

        return read_apple_live()
    from .linux import read_android_property, read_linux

    # CPython 3.13 calls Android "android"; before that it is "linux" with Android's environment around it.
    android = sys.platform == "android" or "ANDROID_ROOT" in os.environ
    return read_linux(
        "/",
        os_name="android" if android else sys.platform,
        arch=platform.machine(),
        allowed_cpus=frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        getprop=read_android_property if android else None,
    )


def available_ram_bytes() -> int:
    """Bytes a new process can take without swapping, within the container's limit."""
    available = read_ram(Path("/")).available
    if available is None:
        import psutil

        available = int(psutil.virtual_memory().available)
    return available

"""The device of this process: hardware, profile and measured speeds.

::

    /proc, /sys ─► linux (cpuinfo, cores, ram) ─┐
                                                ├─► Device ─► profiles.choose ─► Detected ─► profiles.predict ─► Speeds
    sysctl ─► apple ────────────────────────────┘                                                  ▲
                                                             sanderling bench ─► calibration ──────┘

Absent or unreadable files are normal (Android hides most of /sys). They become None in the Device, never an exception;
a Device full of None is valid.

==================  ======================================================================================
``record.py``       the record of a device; number of compute threads, form factor
``linux.py``        a Device from /proc and /sys of Linux or Android
``apple.py``        a Device from macOS's sysctl
``cpuinfo.py``      parser of /proc/cpuinfo
``cores.py``        big and little cores, frequency governor
``ram.py``          total and available RAM, CPU quota and clamp, within the limits of cgroups
``load.py``         CPUs that other processes keep busy at this moment
``files.py``        small files of /proc and /sys; None where one cannot be read
``strain.py``       thermal headroom and battery at this moment
``profiles.py``     device profiles: threads, quantizations, context sizes, predicted speeds
``calibration.py``  speeds measured by ``sanderling bench``
``machine.py``      description of the machine at the top of every benchmark
==================  ======================================================================================
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
    """Read the hardware and system of this process's device."""
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
    """Return the RAM that a new process can use without swapping, in bytes. It is within the container's limit."""
    available = read_ram(Path("/")).available
    if available is None:
        import psutil

        available = int(psutil.virtual_memory().available)
    return available

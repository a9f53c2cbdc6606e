"""Tells whether the device is idle enough to be tuned.

It is when it is on mains and other processes leave its CPUs alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from ..device.linux import read_battery
from ..device.load import LoadMeter

QUIET = 0.25
"""Share of the CPUs that other processes may use."""
WATCHED_S = 3.0


def busy_with(
    root: Path = Path("/"), meter: LoadMeter | None = None, sleep: Callable[[float], None] = time.sleep
) -> str:
    """Watch the device, and return what keeps it from being idle; empty if nothing does.

    It is watched for :data:`WATCHED_S` seconds.

    ``root``: the folder that contains ``proc`` and ``sys``. ``meter`` None: of this device. What the system does not
    say is taken for idle.
    """
    battery = read_battery(root)
    if battery is not None and battery.plugged is False:
        return "it runs on its battery"
    meter = meter or LoadMeter(root)
    sleep(WATCHED_S)
    load = meter.read()
    used = load.used if load.used is not None else load.waited
    if used is not None and used > QUIET * load.cpus:
        return f"other processes use {used:.1f} of {load.cpus} CPUs"
    return ""

"""A reading of the device at one moment.

None and empty mean that the system does not report a value, as on many phones.
"""

from __future__ import annotations

import msgspec

from ...records import Record


class Reading(Record, omit_defaults=True):
    """Values of all sensors, read at the time ``at_s``.

    Counters are meaningful only as differences between two readings.
    """

    at_s: float
    """Time of the reading, monotonic clock."""
    temperature_c: float | None = None
    """Temperature of the hottest CPU sensor."""
    clock_mhz: float | None = None
    """Current clock of the fastest CPU this process may use."""
    throttle_events: int | None = None
    """Counter: throttling events, for heat or power."""
    throttled_by: tuple[str, ...] = ()
    """What limits the clock now: zones at their limit, cooling devices, a Raspberry Pi's firmware."""
    on_battery: bool | None = None
    cpus: int = 1
    """Number of CPUs this process may use."""
    busy_s: float | None = None
    """Counter: seconds in which those CPUs were not idle, including time stolen by a hypervisor."""
    own_s: float = 0.0
    """Counter: CPU seconds of this process and the worker."""
    major_faults: int | None = None
    """Counter: page faults for which the worker waited for a disk."""
    swapped_in_pages: int | None = None
    """Counter: pages swapped in, system-wide."""
    worker_swap_bytes: int | None = None
    """Swapped-out memory of the worker."""
    peak_rss_bytes: int | None = None
    """Peak resident memory of the worker; current resident memory where the system keeps no peak."""
    energy_j: dict[str, float] = msgspec.field(default_factory=dict)
    """Energy counters by sensor."""
    energy_range_j: dict[str, float] = msgspec.field(default_factory=dict)
    """Values at which those counters wrap around."""
    power_w: dict[str, float] = msgspec.field(default_factory=dict)
    """Current power by sensor."""

"""One moment of a device. None and empty mean that the system does not tell, which is normal on phones."""

from __future__ import annotations

import msgspec

from ...records import Record


class Reading(Record, omit_defaults=True):
    """What was read at ``at_s``; counters only mean something as differences between two readings."""

    at_s: float
    """Monotonic clock."""
    temperature_c: float | None = None
    """Hottest CPU sensor."""
    clock_mhz: float | None = None
    """Of the fastest CPU this process may use, now."""
    throttle_events: int | None = None
    """Counter: times the hardware slowed a CPU down for heat or power."""
    throttled_by: tuple[str, ...] = ()
    """What holds the clock down now: zones at their limit, cooling devices, a Raspberry Pi's firmware."""
    on_battery: bool | None = None
    cpus: int = 1
    """CPUs this process may use."""
    busy_s: float | None = None
    """Counter: seconds those CPUs were not idle, time stolen by a hypervisor included."""
    own_s: float = 0.0
    """Counter: CPU seconds of this process and the worker."""
    major_faults: int | None = None
    """Counter: pages the worker had to wait for from a disk."""
    swapped_in_pages: int | None = None
    """Counter: pages the whole system brought back from swap."""
    worker_swap_bytes: int | None = None
    """What of the worker lies in swap."""
    peak_rss_bytes: int | None = None
    """Largest resident memory of the worker so far; where the system keeps no peak, resident memory now."""
    energy_j: dict[str, float] = msgspec.field(default_factory=dict)
    """Counters of energy by the name of their sensor."""
    energy_range_j: dict[str, float] = msgspec.field(default_factory=dict)
    """Where those counters begin again."""
    power_w: dict[str, float] = msgspec.field(default_factory=dict)
    """Power now, by the name of its sensor."""

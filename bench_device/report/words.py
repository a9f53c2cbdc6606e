"""Write field values for people: sizes, clock rates, durations, cores and lists.

The end of a field's name tells the unit of its value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..matrix.tables import size

TITLES = {
    "cpu": "CPU",
    "arch": "architecture",
    "logical_cores": "logical CPUs",
    "compute_threads": "compute threads",
    "isa": "vector instructions",
    "ram_total_bytes": "RAM",
    "os": "system",
    "python": "Python",
    "sanderling": "Sanderling",
    "kernels": "kernels of the index",
    "tests": "tests of speed",
    "requests": "questions per scenario",
    "n_ctx": "context, tokens",
    "n_batch": "batch, tokens",
    "n_ubatch": "batch at once, tokens",
    "n_threads": "threads for writing",
    "n_threads_prefill": "threads for reading",
    "n_gpu_layers": "layers on the GPU",
    "kv_type": "type of the state",
}
"""Names that a person would not guess; of the others, underscores become spaces."""


def title(name: str) -> str:
    """Return a field's name as shown to people, without its unit."""
    for unit in ("_bytes", "_ms", "_s", "_mhz"):
        if name not in TITLES and name.endswith(unit):
            name = name.removesuffix(unit)
    return TITLES.get(name, name.replace("_", " "))


def words(name: str, value: object) -> str:
    """Return the value of the field ``name`` for people; an empty string for None and for empty lists."""
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return _number(name, value)
    if isinstance(value, Mapping):
        cores = {"kind", "count"} <= value.keys()
        known = {title(key): words(key, each) for key, each in value.items()}
        return _cores(value) if cores else ", ".join(f"{key} {each}" for key, each in known.items() if each)
    return ", ".join(words(name, each) for each in value) if isinstance(value, Sequence) else str(value)


def _number(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_mhz"):
        return f"{value / 1000:.2g} GHz" if value >= 1000 else f"{value:.0f} MHz"
    if name.endswith("_ms"):
        return duration(value / 1e3)
    if name.endswith("_s"):
        return duration(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:,.4g}"


def _cores(group: Mapping[str, object]) -> str:
    """Return a group of like cores, such as ``4 x Cortex-A76 up to 2.4 GHz``."""
    clock = words("max_mhz", group.get("max_mhz"))
    name = group.get("name") or f"{group['kind']} core"
    return f"{group['count']} x {name}" + (f" up to {clock}" if clock else "")


def duration(seconds: float) -> str:
    """Return a duration in at most two units: ``350 ms``, ``12 s``, ``2 min 5 s``, ``1 h 3 min``."""
    if seconds < 1:
        return f"{1e3 * seconds:.0f} ms"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h" + (f" {whole % 3600 // 60} min" if whole % 3600 // 60 else "")


def moment(iso: str) -> str:
    """Return a time for people, such as ``23 November 2026, 12:00 UTC``.

    A text that is no ISO-8601 time stays as it is.
    """
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{when.day} {when:%B %Y, %H:%M} {when.tzname() or ''}".strip()

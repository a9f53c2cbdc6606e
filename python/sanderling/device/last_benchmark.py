"""Stores the main figures of this device's last benchmark.

The service's page shows them.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from .. import config
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..records import Record

MOST_BYTES = 1 << 20


class BenchedModel(Record):
    """Main figures of one benchmarked model. A figure is None if it was not measured."""

    label: str
    prompt_per_s: float | None = None
    """Prompt tokens per second, in the fastest test."""
    decode_per_s: float | None = None
    """Generated tokens per second, in the fastest test."""
    answer_ms: float | None = None
    """Median time of a whole answer in the slowest scenario, in milliseconds."""


class LastBenchmark(Record):
    """Main figures of one run of ``sanderling bench``."""

    started: str
    """Start of the run, in ISO 8601, UTC."""
    cpu: str
    models: tuple[BenchedModel, ...]


_decoded = msgspec.json.Decoder(LastBenchmark).decode


def last_benchmark() -> LastBenchmark | None:
    """Return this device's last benchmark, or None without a readable file."""
    try:
        data = content(_path())
        return _decoded(data) if len(data) <= MOST_BYTES else None
    except (OSError, msgspec.DecodeError):
        return None


def keep(found: LastBenchmark) -> None:
    """Store a benchmark in place of the previous one. Raises OSError."""
    config.made_home()
    path = _path()
    path.parent.mkdir(exist_ok=True)
    write_whole(path, msgspec.json.encode(found), private=True)


def _path() -> Path:
    return config.home() / "bench" / "last.json"

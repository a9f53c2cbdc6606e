"""Stores the speeds that ``sanderling bench`` measures on this device.

They are used instead of predicted speeds.

``calibration.json`` in the home folder holds the latest measurement of each model, quantization, engine and thread
count. An unreadable file is set aside with a warning; speeds are then predicted.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..records import Record

log = logging.getLogger(__name__)

VALID = "VALID"
"""Verdict for an undisturbed measurement."""


class Measurement(Record):
    """Speeds and memory of one model in one benchmark."""

    model_id: str
    quant: str
    engine: str
    n_threads: int
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    rss_bytes: int
    """Peak resident memory of the worker, in bytes."""
    machine: dict[str, object]
    """Description of the machine at that time. From :func:`sanderling.device.machine.machine_block`."""
    timestamp: str
    """Time of the measurement, in ISO 8601, UTC."""
    synthetic: bool = False
    """Whether the weights were synthetic."""
    n_threads_prefill: int | None = None
    """Number of threads for prefill; None: as ``n_threads``."""
    n_ctx: int = 0
    """Length of the model's context in tokens; 0: not recorded (older versions). It is included in ``rss_bytes``."""
    prefill_tokens: int | None = None
    """Prompt length for ``prefill_tokens_per_s``, in tokens; None: not recorded."""
    load_ms: float | None = None
    """Load time with the file in the page cache, in milliseconds; None: not measured."""
    load_cold_ms: float | None = None
    """Load time from disk, in milliseconds; None: not measured.

    It is None if the file could not be evicted from the page cache.
    """
    verdict: str = ""
    """``VALID``, or the disturbance of the benchmark; empty: not assessed."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Model, quantization, engine and threads of the measurement.

        A newer measurement replaces an older one with the same key.
        """
        return self.model_id, self.quant, self.engine, self.n_threads


_FIELDS = frozenset(Measurement.__struct_fields__)
_decoded = msgspec.json.Decoder(tuple[Measurement, ...]).decode


# Interned, or each question would intern it anew (:mod:`sanderling.device.ram`).
_NAME = sys.intern("calibration.json")


def path() -> Path:
    """Return the path of ``calibration.json``."""
    return config.home() / _NAME


def read() -> tuple[Measurement, ...]:
    """Return all stored measurements, oldest first. Empty if there is no readable file."""
    try:
        return _decoded(content(path()))
    except FileNotFoundError:
        return ()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        aside = path().with_suffix(".json.damaged")
        try:
            path().replace(aside)
            said = f"moved to {aside.name}, run  sanderling bench  again"
        except OSError as refused:
            said = f"nor moved away ({refused.strerror}), so it is passed over"
        log.warning("%s could not be read (%s): %s", path(), error, said)
        return ()
    except OSError as error:
        log.warning("%s could not be read (%s): it is passed over", path(), error.strerror)
        return ()


def record(measurement: Measurement) -> None:
    """Store a measurement in place of any with the same key.

    A valid measurement is kept if the new one is not valid. Fields written by other versions are kept. Raises OSError,
    UsageError or StorageFull if the file cannot be written, ValueError for a speed that is not positive.
    """
    if not (measurement.prefill_tokens_per_s > 0 and measurement.decode_tokens_per_s > 0):
        raise ValueError("a measured speed must be a positive number of tokens per second")
    config.made_home()
    with locked(path().with_suffix(".lock")):
        known = read()  # sets a damaged file aside, so that what is read next is sound
        raw = msgspec.json.decode(content(path()), type=list[dict[str, Any]]) if known else []
        entries = list(zip(known, raw, strict=True))
        same = [(old, fields) for old, fields in entries if old.key == measurement.key]
        if measurement.verdict != VALID and any(old.verdict == VALID for old, _ in same):
            return
        unknown = {name: value for _, fields in same for name, value in fields.items() if name not in _FIELDS}
        kept = [fields for old, fields in entries if old.key != measurement.key]
        kept.append({**unknown, **msgspec.to_builtins(measurement)})
        write_whole(path(), msgspec.json.format(msgspec.json.encode(kept), indent=1), private=True)


def lookup(model_id: str, quant: str, n_ctx: int | None = None, *, n_threads: int | None = None) -> Measurement | None:
    """Return the most suitable measurement of a model, or None.

    None if it was never measured here. ``n_ctx`` None: any context. Prefers measurements with ``n_threads`` (None: no
    preference), then valid ones, then the latest.
    """
    found = [
        each
        for each in read()
        if (each.model_id, each.quant) == (model_id, quant) and (n_ctx is None or each.n_ctx == n_ctx)
    ]
    return max(
        found,
        key=lambda each: (each.n_threads == n_threads, each.verdict == VALID, each.timestamp),
        default=None,
    )

"""Stores the speeds that ``sanderling bench`` measures on this device.

They are used instead of predicted speeds.

``calibration.json`` in the home folder holds the latest measurement of each model, quantization, engine and thread
count. An unreadable file is set aside with a warning; speeds are then predicted.
"""

from __future__ import annotations

import logging
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
"""Verdict on a measurement that nothing disturbed."""


class Measurement(Record):
    """The speeds and the memory of one model, as measured by one benchmark."""

    model_id: str
    quant: str
    engine: str
    n_threads: int
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    rss_bytes: int
    """Peak resident memory of the worker."""
    machine: dict[str, object]
    """What :func:`sanderling.device.machine.machine_block` returned at the time."""
    timestamp: str
    """Time of the measurement, in ISO-8601, UTC."""
    synthetic: bool = False
    """Whether the weights were synthetic."""
    n_threads_prefill: int | None = None
    """Threads for prefill; None: the same as ``n_threads``."""
    n_ctx: int = 0
    """Context the model was loaded with, included in ``rss_bytes``; 0: not recorded (older versions)."""
    prefill_tokens: int | None = None
    """Length of the prompt used to measure ``prefill_tokens_per_s``; None: not recorded."""
    load_ms: float | None = None
    """Time to load the model while its file is in the page cache; None: not measured."""
    load_cold_ms: float | None = None
    """Time to load the model from disk; None if its file could not be evicted from the page cache."""
    verdict: str = ""
    """``VALID``, or what disturbed the benchmark; empty: not assessed."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """Model, quantization, engine and threads.

        A newer measurement replaces an older one with the same key.
        """
        return self.model_id, self.quant, self.engine, self.n_threads


_FIELDS = frozenset(Measurement.__struct_fields__)


def path() -> Path:
    """Return the path of ``calibration.json``."""
    return config.home() / "calibration.json"


def read() -> tuple[Measurement, ...]:
    """Return all stored measurements, oldest first; empty if there is no readable file."""
    try:
        return msgspec.json.decode(content(path()), type=tuple[Measurement, ...])
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
    """Store a measurement; it replaces an earlier one with the same key.

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
    """Return the most suitable measurement of a model; None if it was never measured here.

    ``n_ctx`` None: any context. Prefers measurements with ``n_threads`` (None: no preference), then valid ones, then
    the latest.
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

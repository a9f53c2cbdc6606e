"""Speeds measured on this device: written by ``sanderling bench``, preferred to every prediction.

``calibration.json`` in the home folder holds the latest measurement of each model, quantization, engine and thread
count. A file that cannot be read is set aside with a warning: it costs predictions their precision, not an answer.
"""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from . import config
from .filelock import locked
from .records import Record

log = logging.getLogger(__name__)


class Measurement(Record):
    """One benchmark of one model."""

    model_id: str
    quant: str
    engine: str
    n_threads: int
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    rss_bytes: int
    """Peak resident memory of the worker."""
    machine: dict[str, object]
    """What :func:`sanderling.device.machine.machine_block` said at the time."""
    timestamp: str
    """ISO-8601, UTC."""
    n_ctx: int = 0
    """Context the model was loaded with; 0: not noted, by versions that did not."""
    synthetic: bool = False
    """Measured on synthetic weights."""

    @property
    def key(self) -> tuple[str, str, str, int]:
        """What a newer measurement replaces."""
        return self.model_id, self.quant, self.engine, self.n_threads


def path() -> Path:
    """Where the measurements are kept."""
    return config.home() / "calibration.json"


def read() -> tuple[Measurement, ...]:
    """All measurements, oldest first; none where there is no readable file."""
    try:
        return msgspec.json.decode(path().read_bytes(), type=tuple[Measurement, ...])
    except FileNotFoundError:
        return ()
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        aside = path().with_suffix(".json.damaged")
        path().replace(aside)
        log.warning("%s could not be read (%s): moved to %s, run  sanderling bench  again", path(), error, aside.name)
        return ()


def record(measurement: Measurement) -> None:
    """Add a measurement, in place of an older one with the same key. Raises OSError if the file cannot be written."""
    if not (measurement.prefill_tokens_per_s > 0 and measurement.decode_tokens_per_s > 0):
        raise ValueError("a measured speed must be a positive number of tokens per second")
    with locked(path().with_suffix(".lock")):
        kept = [old for old in read() if old.key != measurement.key]
        temporary = path().with_suffix(".json.new")
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode([*kept, measurement]), indent=1))
        temporary.replace(path())


def lookup(model_id: str, quant: str, n_ctx: int | None = None) -> Measurement | None:
    """Return the latest measurement of a model; None if it was never measured here.

    ``n_ctx`` None: with whatever context.
    """
    found = [
        each
        for each in read()
        if (each.model_id, each.quant) == (model_id, quant) and (n_ctx is None or each.n_ctx == n_ctx)
    ]
    return max(found, key=lambda each: each.timestamp, default=None)

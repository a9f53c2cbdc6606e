"""Stores the measured speeds of the tiers' models.

They are moving averages, kept from run to run. ``tiers.json`` in the data folder holds numbers only, no words. A file
that cannot be read is begun anew.
"""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import SanderlingError
from ..records import Generation, Record

log = logging.getLogger(__name__)

SHARE = 0.2
"""Weight of the newest answer in the averages, as in the service's queue."""
LEAST_TOKENS = 4
"""Fewest tokens of an answer from which a decoding speed is learned."""
BYTES_PER_TOKEN = 3.0
"""Assumed bytes per token of a prompt that the server did not count. Few, so that what is packed for it fits."""


class Speed(Record):
    """Moving averages of one tier model's speed."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    round_trip_ms: float = 0.0
    """Time from connecting to the first byte of a reply that took no computing. In milliseconds."""
    bytes_per_token: float = BYTES_PER_TOKEN
    """Bytes of the messages per token of their prompt."""
    context_tokens: int = 0
    """Longest context in tokens, as the server states it; 0: unknown."""
    answers: int = 0
    """Number of averaged answers; the probe does not count."""
    timestamp: str = ""
    """Time of the last answer, in ISO 8601, UTC."""

    def after(self, generation: Generation, sent_bytes: int) -> Speed:
        """Return the averages updated with one more answer. ``sent_bytes``: bytes of its prompt."""

        def moved(old: float, new: float) -> float:
            return old + SHARE * (new - old)

        tokens, prompt = len(generation.tokens), generation.prompt_tokens
        prefill, decode, ratio = self.prefill_tokens_per_s, self.decode_tokens_per_s, self.bytes_per_token
        if prompt:
            ratio = moved(ratio, min(max(sent_bytes / prompt, 0.5), 16.0))
            computing_ms = max(generation.ttft_ms - self.round_trip_ms, 1.0)
            prefill = moved(prefill, 1e3 * prompt / computing_ms)
        if tokens >= LEAST_TOKENS and generation.decode_ms > 0:
            decode = moved(decode, 1e3 * (tokens - 1) / generation.decode_ms)
        return msgspec.structs.replace(
            self,
            prefill_tokens_per_s=prefill,
            decode_tokens_per_s=decode,
            bytes_per_token=ratio,
            answers=self.answers + 1,
            timestamp=now(),
        )


def now() -> str:
    """Return the current time in the telemetry's format."""
    return datetime.now(UTC).isoformat(timespec="seconds")


_decoded = msgspec.json.Decoder(dict[str, Speed]).decode


class Speeds:
    """The speeds of all tiers' models, by address and model."""

    def __init__(self, path: Path | None = None) -> None:
        """``path``: path of the file; None: in the data folder."""
        self._path = path
        self._guard = threading.Lock()
        self._known: dict[str, Speed] | None = None

    def get(self, key: str) -> Speed | None:
        """Return the speed of a model, or None if it is unknown."""
        with self._guard:
            if self._known is None:
                self._known = _read(self._file())
            return self._known.get(key)

    def put(self, key: str, speed: Speed) -> None:
        """Store the speed of a model.

        If the file cannot be written, that is logged, and the speed is known until the end.
        """
        with self._guard:
            self._known = {**(self._known or _read(self._file())), key: speed}
            try:
                config.made_home()
                with locked(self._file().with_suffix(".lock")):
                    merged = {**_read(self._file()), key: speed}
                    write_whole(self._file(), msgspec.json.format(msgspec.json.encode(merged), indent=1), private=True)
            except (OSError, SanderlingError) as error:
                log.info("the speed of %s is not kept: %s", key, error)

    def _file(self) -> Path:
        return self._path or config.home() / "tiers.json"


def _read(path: Path) -> dict[str, Speed]:
    try:
        found = _decoded(content(path))
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("%s cannot be read and is begun anew: %s", path, error)
        return {}
    return {
        key: speed
        for key, speed in found.items()
        if speed.prefill_tokens_per_s > 0 and speed.decode_tokens_per_s > 0 and speed.bytes_per_token > 0
    }

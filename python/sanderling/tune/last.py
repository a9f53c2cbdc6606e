"""Remember when each memory was last tuned, so that an idle service does not tune it again too soon."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import msgspec

from .. import config
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import SanderlingError

log = logging.getLogger(__name__)

MOST_BYTES = 1 << 20
MOST = 256
"""Memories remembered, the last tuned ones."""
_decoded = msgspec.json.Decoder(dict[str, float]).decode


def age_s(memory: Path) -> float:
    """Return the seconds since the memory was last tuned.

    They are infinite if it never was, or nobody knows.
    """
    at_s = _read().get(str(memory.resolve()))
    # A clock that was set back must not keep a device from being tuned for years.
    return float("inf") if at_s is None or at_s > time.time() else time.time() - at_s


def note(memory: Path) -> None:
    """Remember that the memory was tuned now.

    A failure is logged, and the memory is tuned once more.
    """
    known = _read()
    known.pop(name := str(memory.resolve()), None)
    known[name] = time.time()
    try:
        config.made_home()
        write_whole(_path(), msgspec.json.encode(dict(list(known.items())[-MOST:])), private=True)
    except (OSError, SanderlingError) as error:
        log.info("when %s was tuned was not kept: %s", memory, error)


def _path() -> Path:
    return config.home() / "tuned.json"


def _read() -> dict[str, float]:
    try:
        data = content(_path())
        return _decoded(data) if len(data) <= MOST_BYTES else {}
    except FileNotFoundError:
        return {}
    except (OSError, SanderlingError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        log.info("tuned.json is passed over: %s", error)
        return {}

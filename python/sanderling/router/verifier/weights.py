"""Reads and writes the JSON file of a fitted verifier and its gains.

It is in the package or in the data folder.
"""

from __future__ import annotations

import logging
from functools import cache
from pathlib import Path

import msgspec

from ... import config
from ...disk.files import content
from ...disk.whole_file import write_whole
from ...errors import UsageError
from ...records import Record
from .gains import Gain
from .logistic import Logistic
from .unfitted import Unfitted

log = logging.getLogger(__name__)

SHIPPED = Path(__file__).with_name("shipped.json")
"""Fitted on the collections that ship; ``sanderling bench verifier --ship`` writes it."""
INSTALLED = "verifier.json"
"""Name of the file in the folder ``router`` of the data folder, used instead of the shipped one."""


class Fitted(Record):
    """A verifier and its gains, with the data of the fit."""

    verifier: Unfitted | Logistic
    gains: tuple[Gain, ...] = ()
    questions: int = 0
    answers: int = 0
    sets: tuple[str, ...] = ()
    """Names of the question sets."""
    made: str = ""
    """Day of the fit, ISO-8601."""


_decoded = msgspec.json.Decoder(Fitted).decode


def read(path: Path) -> Fitted:
    """Read a file of fitted weights. Raises UsageError if it is none."""
    try:
        return _decoded(content(path))
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror or error})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no verifier ({error}): delete it, or write it again") from error


def write(path: Path, fitted: Fitted) -> None:
    """Write a file of fitted weights. Raises OSError and StorageFull."""
    write_whole(path, msgspec.json.format(msgspec.json.encode(fitted), indent=1))


@cache
def shipped() -> Fitted:
    """Return the weights in the package."""
    return read(SHIPPED)


def active() -> Fitted:
    """Return the weights fitted on this device, or else those in the package.

    The package's serve also if the device's cannot be read.
    """
    path = config.home() / "router" / INSTALLED
    try:
        if path.exists():
            return read(path)
    except (UsageError, OSError) as error:
        log.warning("%s; the verifier of the package is used", error)
    return shipped()

"""Reads and writes the record of a model's pulled files.

``manifest.json`` holds the source and hash of each. It is replaced atomically after each file is in place, so it never
lists a file that was not verified.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec

from ..disk.files import content
from ..disk.whole_file import write_whole
from ..errors import ModelUnavailable
from ..records import Record

NAME = "manifest.json"


class PulledFile(Record):
    """The manifest's record of one verified file."""

    quant: str
    bytes: int
    sha256: str
    source: str
    pulled_at: str
    """Time of the pull or of the making, in ISO 8601, UTC."""
    made_from: str = ""
    """SHA-256 of the file from which this one was made; empty: it was pulled.

    ``models requantize`` makes files on this device.
    """


class Manifest(Record):
    """Records of all verified files in a model's folder, by file name."""

    files: dict[str, PulledFile] = msgspec.field(default_factory=dict)


def read(folder: Path) -> Manifest:
    """Read the manifest in ``folder``; return an empty manifest if there is none.

    Raises ModelUnavailable if it cannot be read.
    """
    try:
        return msgspec.json.decode(content(folder / NAME), type=Manifest)
    except FileNotFoundError:
        return Manifest()
    except (msgspec.DecodeError, OSError) as error:
        raise ModelUnavailable(
            f"{folder / NAME} cannot be read ({error}): run  sanderling models rm {folder.name}  and pull it again"
        ) from error


def write(folder: Path, manifest: Manifest) -> None:
    """Write the manifest in ``folder``, replacing an older manifest.

    Raises OSError or StorageFull if it cannot be written.
    """
    write_whole(folder / NAME, msgspec.json.format(msgspec.json.encode(manifest), indent=2))


def now() -> str:
    """Return the current time in the manifest's format. ISO 8601, UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")

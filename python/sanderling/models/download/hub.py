"""Downloads one file of a Hugging Face repository.

It uses the hub's own client. The client's variables ``HF_ENDPOINT``, ``HF_TOKEN`` and ``HF_HUB_OFFLINE`` apply.
``hf_hub_download`` is not used: since version 2 of the client it discards an interrupted download, and 1.5 GB on a
phone must survive a lost connection. The client's lower-level ``http_get`` resumes at the end of the partial file.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO, cast

from ...disk.files import content
from ...egress import ANYWHERE, permitted
from ...errors import DownloadError, MissingExtra, SanderlingError
from ..entries import HubSource
from .partial import Report, disk_errors

_SHA256 = re.compile("[0-9a-f]{64}")


class _Counting:
    """A file that reports its length after each write.

    If a server ignores the requested range, ``http_get`` seeks and truncates the file.
    """

    def __init__(self, stream: BinaryIO, report: Report) -> None:
        self._stream, self._report = stream, report
        self.seek, self.tell, self.truncate = stream.seek, stream.tell, stream.truncate

    def write(self, data: bytes) -> int:
        written = self._stream.write(data)
        self._report(self._stream.tell())
        return written


def fetch(source: HubSource, part: Path, expected: str | None, report: Report) -> str | None:
    """Download a file to ``part / "data"``.

    It resumes where an earlier call stopped. ``expected``: sha256; if the hub announces another one, nothing is
    fetched. None: accept any. Returns the announced sha256; None for small files, which the hub does not store by hash.
    Raises MissingExtra if huggingface_hub is not installed, StorageFull for a full disk, DownloadError for failures of
    the network or the hub.
    """
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, not re-exported
        from huggingface_hub.utils.tqdm import (
            are_progress_bars_disabled,
            disable_progress_bars,
            enable_progress_bars,
        )
    except ImportError as error:
        raise MissingExtra("downloading from Hugging Face", "download") from error

    part.mkdir(parents=True, exist_ok=True)
    data, identity = part / "data", part / "etag"
    bars_were_off = are_progress_bars_disabled()
    disable_progress_bars()
    try:
        with disk_errors(part), permitted(ANYWHERE):
            url = hf_hub_url(source.repo, source.file, revision=source.revision)
            about = get_hf_file_metadata(url)
            if not about.etag:
                raise DownloadError(f"{url} names no version of its content")
            announced = about.etag if _SHA256.fullmatch(about.etag) else None
            if announced and expected and announced != expected:
                raise DownloadError(f"the hub has another file: sha256 {announced[:12]}… instead of {expected[:12]}…")
            # A partial download of another version of the file must not be resumed.
            if not identity.exists() or content(identity) != about.etag.encode():
                data.unlink(missing_ok=True)
                identity.write_text(about.etag)
            with data.open("ab") as stream:
                there = stream.tell()
                report(there)
                if about.size is None or there < about.size:
                    # The original address, not the one it redirects to: the client drops the token when it follows.
                    out = cast(BinaryIO, _Counting(stream, report))
                    http_get(url, out, resume_size=there, headers=build_hf_headers(), expected_size=about.size)
    except SanderlingError:
        raise
    except Exception as error:
        # The client's network errors come from requests, httpx or httpx2, by version, and have no common base class.
        raise DownloadError(f"{type(error).__name__}: {first_line(error)}") from error
    finally:
        if not bars_were_off:
            enable_progress_bars()
    return announced


def first_line(error: Exception) -> str:
    """Return the first non-empty line of an error's message."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), "no reason given")

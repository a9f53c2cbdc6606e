"""Reads a GGUF file's header from the Hugging Face hub.

The rest of the file is not downloaded. The length of a header is not known beforehand: it contains the vocabulary, of
several megabytes, and then the tensor table. So the file is read from its beginning in growing ranges until the header
is complete.
"""

from __future__ import annotations

import io
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException
from typing import BinaryIO, cast
from urllib.parse import urlsplit

from ...egress import ANYWHERE, permitted
from ...errors import DownloadError, MissingExtra
from ..entries import HubSource
from ..gguf import GgufHeader, parse_header
from .hub import first_line

FIRST_BYTES = 1 << 20
LARGEST_BYTES = 8 << 20
"""Maximum length of a requested range, in bytes. Each range is twice as long as the one before."""
MAX_HEADER_BYTES = 64 << 20
"""Maximum length of a header, in bytes.

The longest one seen has 7 MB, because of Gemma 3's vocabulary of 262,144 tokens.
"""
TIMEOUT_S = 30.0

Fetch = Callable[[int, int], bytes]
"""Callback ``(offset, length)`` that returns ``length`` bytes of the file. Fewer only at the end of the file."""


class _Stay(urllib.request.HTTPRedirectHandler):
    """Makes urllib treat redirects as errors. If it followed one, it would send the token to the new address."""

    def redirect_request(self, *_arguments: object, **_keywords: object) -> None:
        return None


class RangeStream(io.RawIOBase):
    """A stream over a remote file.

    Only the bytes that are read are fetched. Seeks go forward only, and fetch the bytes they skip.
    """

    def __init__(self, fetch: Fetch) -> None:
        """Create the stream, without fetching anything. The first read fetches."""
        self._fetch, self._data, self._at, self._step = fetch, bytearray(), 0, FIRST_BYTES

    def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes, fewer only at the end of the file.

        Raises DownloadError past ``MAX_HEADER_BYTES``.
        """
        end = self._at + size
        while len(self._data) < end and self._grow():
            pass
        data = bytes(self._data[self._at : end])
        self._at += len(data)
        return data

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Skip ``offset`` bytes. Raises ValueError for anything but a step forward from the current position."""
        if whence != io.SEEK_CUR or offset < 0:
            raise ValueError("a range can only be read forward")
        self._at += offset
        return self._at

    def _grow(self) -> bool:
        if len(self._data) >= MAX_HEADER_BYTES:
            raise DownloadError(f"its header is longer than {MAX_HEADER_BYTES >> 20} MiB: no usable GGUF file")
        found = self._fetch(len(self._data), self._step)
        self._data += found
        self._step = min(2 * self._step, LARGEST_BYTES)
        return bool(found)


def read_remote_header(source: HubSource) -> GgufHeader:
    """Return the header of a GGUF file on the hub.

    Raises MissingExtra if huggingface_hub is not installed, DownloadError for failures of the network or the hub,
    ModelUnavailable if the file is not a usable GGUF.
    """
    try:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # public, not re-exported
    except ImportError as error:
        raise MissingExtra("reading from Hugging Face", "download") from error
    url = hf_hub_url(source.repo, source.file, revision=source.revision)
    try:
        with permitted(ANYWHERE):
            about = get_hf_file_metadata(url, timeout=TIMEOUT_S)
    except Exception as error:
        # The client's network errors come from requests, httpx or httpx2, by version, and have no common base class.
        raise DownloadError(f"{source}: {type(error).__name__}: {first_line(error)}") from error
    if not about.size:
        raise DownloadError(f"{source}: the hub does not say how long {source.file} is")
    # The token is for the hub only: a redirect leads to another party, with the permission in the address.
    same = urlsplit(about.location)[:2] == urlsplit(url)[:2]
    headers = build_hf_headers() if same else {}
    stream = RangeStream(lambda offset, length: fetch_range(about.location, offset, length, headers))
    return parse_header(cast(BinaryIO, stream), about.size, source.file)


def fetch_range(url: str, offset: int, length: int, headers: Mapping[str, str]) -> bytes:
    """Return ``length`` bytes of an HTTP resource from ``offset`` on.

    Fewer only at the end of the resource. Raises DownloadError for failures, redirects among them.
    """
    if urlsplit(url).scheme not in {"http", "https"}:
        raise DownloadError(f"{url} is no address of the web")
    wanted = {**headers, "Range": f"bytes={offset}-{offset + length - 1}", "Accept-Encoding": "identity"}
    request = urllib.request.Request(url, headers=wanted)
    try:
        opener = urllib.request.build_opener(_Stay)
        with permitted(ANYWHERE), opener.open(request, timeout=TIMEOUT_S) as response:
            if response.status != 206 and offset > 0:
                raise DownloadError(f"{urlsplit(url).netloc} sends no part of a file")
            # A server that ignores the range sends the whole file; the connection is closed after ``length`` bytes.
            return cast(bytes, response.read(length))
    except urllib.error.HTTPError as error:
        if error.code == 416:  # the file ended exactly where the last range did
            return b""
        raise DownloadError(f"{urlsplit(url).netloc} answered {error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        raise DownloadError(f"{urlsplit(url).netloc}: {error}") from error

"""Lists the GGUF files of a Hugging Face repository.

Each has its size and hash.
"""

from __future__ import annotations

import re

from ...egress import ANYWHERE, permitted
from ...errors import DownloadError, MissingExtra, UsageError
from ...records import Record
from ..entries import FileEntry, HubSource
from .hub import first_line

TIMEOUT_S = 30.0
MOST_NAME = 255
"""Maximum length of a file's name, as in file systems."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
_QUANT = re.compile(
    r"(?:^|[-._])((?:UD-)?(?:I?Q[1-8]_[A-Z0-9_]{1,8}|I?Q[1-8]_[01]|BF16|F16|F32|MXFP4))(?=$|[-._])", re.I
)
_SPLIT = re.compile(r"-\d{5}-of-\d{5}$")
_SHA256 = re.compile("[0-9a-f]{64}")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


class Repository(Record):
    """A repository's model files at one commit."""

    name: str
    commit: str
    licence: str
    files: tuple[FileEntry, ...]
    """One file for each quantization. Only whole files, in one piece."""

    def pick(self, quant: str, liked: tuple[str, ...]) -> FileEntry:
        """Return the file for a quantization.

        ``quant``: empty: the first of ``liked`` that is there, else the smallest. Raises UsageError if there is none.
        """
        by_quant = {file.quant.upper(): file for file in self.files}
        if quant:
            if quant.upper() not in by_quant:
                raise UsageError(f"{self.name} has no quantization {quant!r}: choose one of {', '.join(by_quant)}")
            return by_quant[quant.upper()]
        first = next((by_quant[name] for name in (*liked, "Q4_K_M") if name in by_quant), None)
        return first or min(self.files, key=lambda file: file.bytes)


def is_name(text: str) -> bool:
    """Return whether ``text`` has the form of a repository's name, OWNER/NAME."""
    return _NAME.fullmatch(text) is not None


def quant_of(name: str) -> str:
    """Return the quantization at the end of a file's name, or an empty text."""
    found = _QUANT.findall(name.removesuffix(".gguf"))
    return str(found[-1]).upper() if found else ""


def read_repository(name: str) -> Repository:
    """Return the model files of a repository at its newest commit.

    Raises MissingExtra if huggingface_hub is not installed, DownloadError for failures of the network or the hub,
    UsageError for a repository without a usable file.
    """
    try:
        from huggingface_hub import HfApi
    except ImportError as error:
        raise MissingExtra("downloading from Hugging Face", "download") from error
    try:
        with permitted(ANYWHERE):
            about = HfApi().model_info(name, files_metadata=True, timeout=TIMEOUT_S)
    except Exception as error:
        # The client's network errors come from requests, httpx or httpx2, by version, and have no common base class.
        raise DownloadError(f"{name}: {type(error).__name__}: {first_line(error)}") from error
    files: dict[str, FileEntry] = {}
    for sibling in about.siblings or ():
        path = sibling.rfilename
        plain = path.rpartition("/")[2]
        if (
            len(plain) > MOST_NAME
            or not plain.endswith(".gguf")
            or plain.startswith("mmproj")
            or _SPLIT.search(plain.removesuffix(".gguf"))
        ):
            continue
        sha256 = sibling.lfs.sha256 if sibling.lfs else ""
        quant = quant_of(plain) or "file"
        if sibling.size and _SHA256.fullmatch(sha256) and about.sha:
            source = HubSource(repo=name, file=path, revision=about.sha)
            files.setdefault(
                quant, FileEntry(name=safe(plain), quant=quant, sha256=sha256, sources=(source,), bytes=sibling.size)
            )
    if not files:
        raise UsageError(f"{name} has no GGUF file in one piece with a hash: choose another repository, or a file")
    licence = str(getattr(about.card_data, "license", None) or "unknown")[:100]
    return Repository(name=name, commit=str(about.sha), licence=licence, files=tuple(files.values()))


def safe(name: str) -> str:
    """Return ``name`` in a form that is safe as a file's name or a model's id."""
    return _UNSAFE.sub("-", name).strip("-._") or "model"

"""Says what a file is that is no model in GGUF, and what to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

BEGINNING_BYTES = 16
"""Bytes by which a file is recognised."""


class OtherFile(NamedTuple):
    """What a file is, and what its owner can do."""

    what: str
    remedy: str


_IN_GGUF = "choose the model's file in GGUF"
_ALONE = "choose the model's own file"
JOIN = "choose a model in one file, or join the pieces with  llama-gguf-split --merge"
_MAGICS: tuple[tuple[bytes, OtherFile], ...] = (
    (b"PK\x03\x04", OtherFile("a ZIP archive, or a checkpoint of PyTorch", f"unpack it, or {_IN_GGUF}")),
    (b"\x1f\x8b", OtherFile("compressed by gzip", "unpack it first")),
    (b"BZh", OtherFile("compressed by bzip2", "unpack it first")),
    (b"\xfd7zXZ\0", OtherFile("compressed by xz", "unpack it first")),
    (b"\x28\xb5\x2f\xfd", OtherFile("compressed by zstd", "unpack it first")),
    (b"7z\xbc\xaf\x27\x1c", OtherFile("a 7z archive", "unpack it first")),
    (b"\x80\x02", OtherFile("a checkpoint of PyTorch", _IN_GGUF)),
    (b"version https://", OtherFile("a Git LFS pointer", "fetch the file itself with  git lfs pull")),
    (b"<", OtherFile("a web page", "download the file again: the server sent a page in its place")),
    (b"tjgg", OtherFile("in GGML, which came before GGUF", "choose a newer conversion")),
    (b"fmgg", OtherFile("in GGML, which came before GGUF", "choose a newer conversion")),
    (b"lmgg", OtherFile("in GGML, which came before GGUF", "choose a newer conversion")),
    (bytes(BEGINNING_BYTES), OtherFile("zeros at its beginning", "its download was not finished: pull it again")),
)
_TYPES = {
    "adapter": OtherFile("an adapter (LoRA)", _ALONE),
    "mmproj": OtherFile("the part of a model that reads pictures or sound", _ALONE),
    "imatrix": OtherFile("an importance matrix, for quantizing", _ALONE),
}
"""By ``general.type`` (gguf.constants, ``GGUFType``)."""
_ARCHITECTURES = {"clip": _TYPES["mmproj"], "controlvector": OtherFile("a control vector", _ALONE)}


def by_beginning(data: bytes) -> OtherFile | None:
    """Return what a file is that begins with ``data``, up to ``BEGINNING_BYTES``; None if that is not known."""
    if len(data) > 8 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") < 1 << 30:
        return OtherFile("in safetensors", _IN_GGUF)
    return next((other for magic, other in _MAGICS if data.startswith(magic)), None)


def by_version(version: int) -> OtherFile | None:
    """Return why a GGUF of this version is not read; None for one that is."""
    if version in (2, 3):
        return None
    if version == 1:
        return OtherFile("version 1", "choose a newer conversion")
    if 0 < int.from_bytes(version.to_bytes(4, "little"), "big") < 256:
        return OtherFile("big-endian, for other processors", "choose a file without  be  in its name")
    return OtherFile(f"version {version}", "update Sanderling, or choose another file")


def by_keys(keys: Mapping[str, object]) -> OtherFile | None:
    """Return what a GGUF with these keys is if it is no model by itself; None for a model."""
    architecture, kind, pieces = map(keys.get, ("general.architecture", "general.type", "split.count"))
    if isinstance(kind, str) and kind in _TYPES:
        return _TYPES[kind]
    if isinstance(architecture, str) and architecture in _ARCHITECTURES:
        return _ARCHITECTURES[architecture]
    # Of a model in pieces only the first says what it is.
    if architecture is None and isinstance(pieces, int) and pieces > 1:
        return OtherFile(f"one of {pieces} pieces of a model", JOIN)
    return None

"""Finds GGUF files that other programs downloaded.

So no second copy is needed. Looked into are the caches of llama.cpp and of Hugging Face, and the folders of Ollama and
LM Studio, where these programs put them unless told otherwise, and where their own variables say. Nothing is written
there. A file is used only if its content has the hash that it should have, or if the user names it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ...disk.files import content, irregular
from ...records import Record

MOST_FILES = 20_000
"""Maximum number of entries looked at in a folder. No cache of models comes near."""
_MODEL_LAYER = "application/vnd.ollama.image.model"


class Download(Record):
    """A model file downloaded by another program."""

    program: str
    name: str
    """The other program's name for it. A file's name, or a model's name with its tag (Ollama)."""
    path: Path
    bytes: int


class _Layer(msgspec.Struct, frozen=True):
    media_type: str = msgspec.field(name="mediaType", default="")
    digest: str = ""


class _Manifest(msgspec.Struct, frozen=True):
    layers: tuple[_Layer, ...] = ()


def downloads() -> tuple[Download, ...]:
    """Return the model files of other programs, sorted by program and name."""
    found = {(each.program, each.name, each.path): each for each in (*_ollama(), *_files())}
    return tuple(found[key] for key in sorted(found))


def copies(name: str, size: int, sha256: str) -> Iterator[Path]:
    """Yield files that may be copies of a file with this name, size and hash.

    The caller compares the content. ``size`` 0: not known.
    """
    for blob in (_ollama_folder() / "blobs" / f"sha256-{sha256}", *_hub_blobs(sha256)):
        if _is_file(blob) and size in (0, blob.stat().st_size):
            yield blob
    for each in _files():
        # llama.cpp puts the repository before the file's name.
        if (each.name == name or each.name.endswith(f"_{name}")) and size in (0, each.bytes):
            yield each.path


def _home() -> Path:
    return Path(os.environ.get("HOME") or Path("~").expanduser())


def _ollama_folder() -> Path:
    return Path(os.environ.get("OLLAMA_MODELS") or _home() / ".ollama" / "models")


def _hub_folder() -> Path:
    given = os.environ.get("HF_HUB_CACHE")
    return Path(given) if given else Path(os.environ.get("HF_HOME") or _home() / ".cache" / "huggingface") / "hub"


def _folders() -> Iterator[tuple[str, Path, int]]:
    """Yield each program's name, its folder, and how deep its files lie. Only programs that store files by name."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or _home() / ".cache")
    yield "llama.cpp", Path(os.environ.get("LLAMA_CACHE") or cache / "llama.cpp"), 1
    yield "llama.cpp", _home() / "Library" / "Caches" / "llama.cpp", 1
    yield "Hugging Face", _hub_folder(), 5
    yield "LM Studio", _home() / ".lmstudio" / "models", 3
    yield "LM Studio", _home() / ".cache" / "lm-studio" / "models", 3


def _files() -> Iterator[Download]:
    for program, folder, depth in _folders():
        for path in _walk(folder, depth):
            if path.suffix == ".gguf" and _is_file(path) and not path.name.startswith("mmproj"):
                yield Download(program=program, name=path.name, path=path, bytes=path.stat().st_size)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Yield the files in a folder and its subfolders, without following links."""
    left = MOST_FILES
    open_ = [(folder, depth)]
    while open_:
        here, deeper = open_.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries[:left]:
            left -= 1
            if entry.is_dir(follow_symlinks=False):
                if deeper > 1:
                    open_.append((Path(entry.path), deeper - 1))
            else:
                yield Path(entry.path)


def _hub_blobs(sha256: str) -> Iterator[Path]:
    try:
        yield from (entry / "blobs" / sha256 for entry in _hub_folder().glob("models--*"))
    except OSError:
        return


def _ollama() -> Iterator[Download]:
    """Yield Ollama's models from their manifests. A manifest names the file by its hash."""
    manifests = _ollama_folder() / "manifests"
    for path in _walk(manifests, 5):
        try:
            read = msgspec.json.decode(content(path), type=_Manifest)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        for layer in read.layers:
            kind, _, digest = layer.digest.partition(":")
            blob = _ollama_folder() / "blobs" / f"sha256-{digest}"
            if layer.media_type == _MODEL_LAYER and kind == "sha256" and digest.isalnum() and _is_file(blob):
                host, *rest = path.relative_to(manifests).parts
                name = ":".join(("/".join(part for part in rest[:-1] if part != "library"), rest[-1])) if rest else host
                yield Download(program="Ollama", name=name, path=blob, bytes=blob.stat().st_size)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and not irregular(path)
    except OSError:
        return False

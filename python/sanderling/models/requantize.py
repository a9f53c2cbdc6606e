"""Requantizes a model, checks the result, and installs it.

It is made on this device, and compared with the original.

::

    original ─► .part (quantized in a child process) ─► header ─► the caller's check ─► sha256 ─► rename ─► manifest

The new file becomes visible by the rename only, and is deleted if anything before it fails. The unfinished file is also
the lock, so that two processes never make the same file. A file given by its path gets its new form beside it, under
the name ``STEM-QUANT.gguf``, and no manifest.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import NamedTuple

from ..disk.filelock import locked
from ..engines.requantize import TARGETS, Target
from ..engines.requantize import requantize as write_quantized
from ..errors import Busy, EngineError, StorageFull, UsageError
from ..records import Record
from . import manifest, registry
from .download.partial import exclusive, require_space, sha256_of
from .gguf import BLOCKS, GgufHeader, read_header
from .registry import InstalledModel
from .repack import EMBEDDING

Check = Callable[[Path], None]
"""Function that compares the unfinished file with the original. It raises an error to refuse the file."""
KINDS: dict[Target, int] = {"IQ4_NL": 20, "Q4_0": 2, "Q8_0": 8}
"""ggml type id of each format."""
PADDING_BYTES, NEW_KEYS_BYTES = 32, 1024
"""Bytes that a new file may add: padding before each tensor, and new keys.

New keys are those that the original lacks.
"""


class Requantized(Record):
    """A requantized model file and its original."""

    model_id: str
    quant: Target
    path: Path
    bytes: int
    sha256: str
    made_from: Path
    engine: str
    """Name and version of the engine that wrote the file."""


class _Place(NamedTuple):
    target: Path
    part: Path
    by_id: bool


def original(name: str) -> InstalledModel:
    """Return the model file from which other quantizations are made.

    ``name``: a path ending in ``.gguf``, or an id, of which the largest pulled file is taken. Raises UsageError for an
    unknown id and for an embedder, ModelUnavailable for a model that is not here.
    """
    if name.endswith(".gguf"):
        return registry.from_path(Path(name))
    entry = registry.get(name)
    if not entry.chat_format:
        raise UsageError(f"{name} is no model that generates text: only those have other quantizations")
    pulled = [found for quant in entry.quants if (found := registry.installed(name, quant)) is not None]
    return max(pulled, key=lambda model: model.bytes) if pulled else registry.resolve(name)


def requantize(name: str, quant: Target, check: Check, *, n_threads: int = 0) -> Requantized:
    """Write a model as ``quant``, and install the result if the check passes.

    ``check``: called with the result; raises an error to refuse it. ``name``: an id or a path ending in ``.gguf``.
    ``n_threads`` 0: one for each CPU. Raises UsageError for a file that needs no new form or has one, Busy if another
    process makes it, StorageFull, what ``check`` raises, and errors of :func:`original` and
    :func:`sanderling.engines.requantize.requantize`.
    """
    if quant not in TARGETS:
        raise UsageError(f"{quant!r} cannot be written: choose one of {', '.join(TARGETS)}")
    source = original(name)
    header = read_header(source.path)
    place = _place(name, source, quant)
    _require_new(name, source, header, quant, place)
    with exclusive(place.target.parent) if place.by_id else nullcontext(), _unfinished(place):
        needed = quantized_bytes(header, quant)
        require_space(place.target.parent, needed)
        engine = _write(source.path, place, quant, needed, n_threads)
        if read_header(place.part).architecture != header.architecture:
            raise EngineError(f"{engine} wrote another model than {source.path} as {quant}: install it again")
        check(place.part)
        made = Requantized(
            model_id=source.entry.id,
            quant=quant,
            path=place.target,
            bytes=place.part.stat().st_size,
            sha256=sha256_of(place.part),
            made_from=source.path,
            engine=engine,
        )
        _install(place, made, source)
    return made


def quantized_bytes(header: GgufHeader, quant: Target) -> int:
    """Return the maximum size of a model as ``quant``, in bytes.

    The output matrix may get 8 bits. Vectors, and matrices whose rows are no whole blocks, keep their type.
    """
    weights = 0
    for tensor in header.tensors:
        kind = KINDS["Q8_0" if tensor.name in ("output.weight", EMBEDDING) else quant]
        elements, size = BLOCKS[kind]
        blocks = len(tensor.dims) > 1 and tensor.dims[0] % elements == 0
        weights += tensor.elements // elements * size if blocks else tensor.n_bytes
    beside = header.file_bytes - sum(tensor.n_bytes for tensor in header.tensors)
    return weights + beside + PADDING_BYTES * len(header.tensors) + NEW_KEYS_BYTES


def _place(name: str, source: InstalledModel, quant: Target) -> _Place:
    if name.endswith(".gguf"):
        target = source.path.with_name(f"{source.path.stem}-{quant}.gguf")
        return _Place(target, target.with_name(f".{target.name}.part"), by_id=False)
    target = source.path.with_name(f"{source.entry.id}-{quant}.gguf")
    return _Place(target, target.parent / ".part" / f"{target.name}.made", by_id=True)


def _require_new(name: str, source: InstalledModel, header: GgufHeader, quant: Target, place: _Place) -> None:
    """Raise UsageError if there is nothing to make. Also if a better file can be pulled."""
    if header.quant == quant:
        raise UsageError(f"{source.path} is {quant} already: nothing is to be done")
    if place.by_id and quant in registry.get(name).quants:
        raise UsageError(
            f"{name} is published as {quant}, made of the exact weights: "
            f"run  sanderling models pull {name} --quant {quant}"
        )
    if place.by_id and quant in registry.installed_quants(name):
        raise UsageError(
            f"{name} is here as {quant} already: to make it again, "
            f"run  sanderling models rm {name} --quant {quant}  first"
        )
    if not place.by_id and place.target.exists():
        raise UsageError(f"{place.target} exists already: move it away, or use it with  --model {place.target}")
    if not os.access(place.target.parent, os.W_OK):
        raise UsageError(f"{place.target.parent} cannot be written: copy {source.path.name} to a folder that can")


@contextmanager
def _unfinished(place: _Place) -> Iterator[None]:
    """Create and lock the unfinished file during the block.

    It is deleted at the end if it is still there. Raises Busy if it is locked.
    """
    place.part.parent.mkdir(exist_ok=True)
    try:
        with locked(place.part, wait=False):
            try:
                yield
            finally:
                with suppress(FileNotFoundError):
                    place.part.unlink()
    except BlockingIOError as error:
        raise Busy(f"another process is making {place.target.name}: wait for it") from error


def _write(source: Path, place: _Place, quant: Target, needed: int, n_threads: int) -> str:
    try:
        return write_quantized(source, place.part, quant, n_threads)
    except EngineError as error:
        left = needed - place.part.stat().st_size
        # llama.cpp reports every failed write with these words and no number.
        if "iostream" in str(error) or shutil.disk_usage(place.part.parent).free < left:
            raise StorageFull(
                f"{place.target}: no space left to write its {needed / 1e6:,.0f} MB: free disk space and try again"
            ) from error
        raise


def _install(place: _Place, made: Requantized, source: InstalledModel) -> None:
    shutil.copymode(source.path, place.part)
    with place.part.open("rb") as file:
        os.fsync(file.fileno())  # the content is on disk before its name
    place.part.replace(place.target)
    if not place.by_id:
        return
    folder = place.target.parent
    record = manifest.PulledFile(
        quant=made.quant,
        bytes=made.bytes,
        sha256=made.sha256,
        source=f"made of {source.path.name} by {made.engine}",
        pulled_at=manifest.now(),
        made_from=source.sha256,
    )
    manifest.write(folder, manifest.Manifest(files={**manifest.read(folder).files, place.target.name: record}))

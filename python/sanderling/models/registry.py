"""Looks up known models and installed models.

``models.toml`` lists the known models, and the user's own file of that name further ones. The folder
``models/<model id>/`` under :func:`sanderling.config.home` holds the files of an installed one and their manifest. A
GGUF file given by its path needs neither.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import msgspec

from .. import config
from ..errors import ModelUnavailable, UsageError
from ..records import Record
from . import manifest, user_models
from .chat.recognise import recognised
from .entries import FileEntry, ModelEntry, PathSource
from .header_cache import header_of


class InstalledModel(Record):
    """An installed model in one quantization. All its files are on this machine."""

    entry: ModelEntry
    quant: str
    path: Path
    """The first file; the engine loads it."""
    bytes: int
    """Total size of the quantization's files in bytes."""
    sha256: str
    """SHA-256 of the file at ``path``. Empty for a file given by its path, which is never hashed."""
    source: str
    synthetic: bool = False
    """Whether the weights are random (``synth``). Speed and memory are realistic, the text is meaningless."""


@cache
def ours() -> dict[str, ModelEntry]:
    """Return the models of the package's ``models.toml``, by id. In the order of the file."""
    text = (resources.files(__package__) / "models.toml").read_bytes()
    return {entry.id: entry for entry in msgspec.toml.decode(text, type=user_models.Models).models}


def entries() -> dict[str, ModelEntry]:
    """Return all known models, by id.

    Ours, then the user's, which replace ours of the same id. Raises UsageError for a file of the user's that cannot be
    used.
    """
    return _merged(user_models.stamp())


@lru_cache(maxsize=8)
def _merged(stamp: tuple[Path, int, int]) -> dict[str, ModelEntry]:
    found = ours() | {entry.id: entry for entry in user_models.read(stamp)}
    taken: dict[tuple[str, int], str] = {}
    for entry in found.values():
        if entry.ladder and (other := taken.setdefault((entry.ladder, entry.rung), entry.id)) != entry.id:
            raise UsageError(
                f"{stamp[0]}: {entry.id} and {other} are both rung {entry.rung} of {entry.ladder}: change one of them"
            )
    return found


def is_users(model_id: str) -> bool:
    """Return whether an entry is the user's own."""
    return any(entry.id == model_id for entry in user_models.read(user_models.stamp()))


def _nearest(what: str, name: str, known: list[str]) -> UsageError:
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4) or known
    return UsageError(f"no {what} is called {name!r}: did you mean {', '.join(near)}?")


def get(model_id: str) -> ModelEntry:
    """Return the known model with this id. Raises UsageError, with the most similar ids, for an unknown one."""
    found = entries().get(model_id)
    if found is None:
        raise _nearest("model", model_id, list(entries()))
    return found


def ladder(name: str) -> tuple[ModelEntry, ...]:
    """Return the models of a ladder, smallest first. Raises UsageError for an unknown ladder."""
    rungs = [entry for entry in entries().values() if entry.ladder == name]
    if not name or not rungs:
        raise _nearest("ladder", name, sorted({entry.ladder for entry in entries().values()} - {""}))
    return tuple(sorted(rungs, key=lambda entry: entry.rung))


def ladder_of(model_ids: Iterable[str]) -> str:
    """Return the ladder of these models; empty if the models have no common ladder. Empty ids are left aside."""
    known = entries()
    found = {known[name].ladder if name in known else "" for name in model_ids if name}
    return found.pop() if len(found) == 1 else ""


def folder(model_id: str) -> Path:
    """Return the folder for a model's files, which may not exist yet."""
    return config.home() / "models" / model_id


def here(model_id: str) -> ModelEntry:
    """Return a model's entry, including files made on this device.

    Raises UsageError for an unknown id, ModelUnavailable for a manifest that cannot be read.
    """
    entry = get(model_id)
    made = tuple(
        FileEntry(
            name=name,
            quant=file.quant,
            bytes=file.bytes,
            sha256=file.sha256,
            sources=(PathSource(path=str(folder(model_id) / name)),),
        )
        for name, file in manifest.read(folder(model_id)).files.items()
        if file.made_from and file.quant not in entry.quants and name == Path(name).name
    )
    return msgspec.structs.replace(entry, files=(*entry.files, *made)) if made else entry


def installed_quants(model_id: str) -> tuple[str, ...]:
    """Return a model's quantizations that are complete on this machine. Raises what :func:`here` raises."""
    return tuple(quant for quant in here(model_id).quants if installed(model_id, quant) is not None)


def installed(model_id: str, quant: str | None = None) -> InstalledModel | None:
    """Return an installed model, or None.

    None if no quantization of it is complete on this machine. Checks presence and size of the files;
    :func:`sanderling.models.download.pull.verify` reads their content. ``quant`` None: the default quantization if
    installed, else the first installed one.
    """
    entry, in_place = here(model_id), is_users(model_id)
    pulled = manifest.read(folder(model_id)).files
    for wanted in (quant,) if quant else (entry.default_quant, *entry.quants):
        first, *rest = (_placed(file, folder(model_id), pulled, in_place) for file in entry.files_of(wanted))
        if first is not None and None not in rest:
            return InstalledModel(
                entry=entry,
                quant=wanted,
                path=first.path,
                bytes=sum(each.bytes for each in (first, *rest) if each is not None),
                sha256=first.sha256,
                source=first.source,
            )
    return None


class _Placed(NamedTuple):
    path: Path
    bytes: int
    sha256: str
    source: str


def _placed(file: FileEntry, where: Path, pulled: Mapping[str, manifest.PulledFile], in_place: bool) -> _Placed | None:
    """Return the place of a file on this machine; None if it is incomplete.

    ``in_place``: whether it may be one of the user's, outside the model's folder.
    """
    known = pulled.get(file.name)
    if known is not None and _size(where / file.name) == known.bytes:
        return _Placed(where / file.name, known.bytes, known.sha256, known.source)
    for source in file.sources if in_place else ():
        if isinstance(source, PathSource) and file.bytes and _size(Path(source.path)) == file.bytes:
            return _Placed(Path(source.path), file.bytes, file.sha256, str(source))
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return -1


def all_installed() -> tuple[InstalledModel, ...]:
    """Return every installed model, in the order of ``models.toml``."""
    return tuple(found for model_id in entries() if (found := installed(model_id)) is not None)


def installed_or_instead(model_id: str) -> InstalledModel | None:
    """Return an installed model, or else its replacement; None if neither is complete on this machine."""
    found = installed(model_id)
    instead = get(model_id).instead
    return found if found is not None or not instead else installed(instead)


def from_path(path: Path) -> InstalledModel:
    """Return a model that uses the GGUF file ``path`` in place.

    The model's id is the file's name. Context and size of the cache come from the header; the chat format is recognised
    by the control tokens in its template, which ``models add`` reads instead. Raises ModelUnavailable if the file is no
    usable GGUF, UsageError if no chat format is recognised.
    """
    header = header_of(path)
    chat_format = recognised(header.architecture, header.chat_template)
    if chat_format is None:
        raise UsageError(
            f"{path}: no chat format is known for its architecture {header.architecture!r} without its template:"
            f" run  sanderling models add {path}"
        )
    file = FileEntry(
        name=path.name,
        quant=header.quant,
        bytes=header.file_bytes,
        sha256="",
        sources=(PathSource(path=str(path)),),
    )
    entry = ModelEntry(
        id=path.stem,
        parameters=header.parameters,
        licence="none" if header.synthetic else "unknown",
        default_quant=file.quant,
        files=(file,),
        chat_format=chat_format,
        active_parameters=header.active_parameters if header.expert_count else 0,
        context_tokens=header.context_length,
        n_layers=header.block_count,
        kv_bytes_per_token=header.kv_bytes_per_token,
    )
    source = str(file.sources[0])
    return InstalledModel(
        entry=entry,
        quant=file.quant,
        path=path,
        bytes=file.bytes,
        sha256="",
        source=source,
        synthetic=header.synthetic,
    )


def resolve(name: str, quant: str | None = None) -> InstalledModel:
    """Return the installed model called ``name``.

    ``name``: its id, or the path of its file or folder. Raises UsageError for an unknown id,
    ModelUnavailable for a model that is not installed or not complete.
    """
    # No id has a slash, so a file that is no model is named for what it is, and a download of Ollama's is found.
    if name.endswith(".gguf") or ("/" in name and Path(name).exists()):
        return from_path(Path(name))
    found = installed(name, quant)
    if found is None:
        with_quant = f" --quant {quant}" if quant else ""
        raise ModelUnavailable(f"{name} is not here or not complete: run  sanderling models pull {name}{with_quant}")
    return found

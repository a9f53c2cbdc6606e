"""Looks up known models and installed models.

``models.toml`` lists the known models. The folder ``models/<model id>/`` under :func:`sanderling.config.home` holds the
files of an installed one and their manifest. A GGUF file given by its path needs neither.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from pathlib import Path

import msgspec

from .. import config
from ..errors import ModelUnavailable, UsageError
from ..records import Record
from . import manifest
from .entries import ChatFormat, FileEntry, ModelEntry, PathSource
from .header_cache import header_of

CHAT_FORMATS: dict[str, ChatFormat] = {
    "lfm2": "lfm2",
    "llama": "chatml",
    "qwen2": "chatml",
    "qwen3": "chatml",
    "gemma3": "plain-bos",
}
"""Chat format by the architecture in a GGUF header, for files given by path; a guess, as headers do not name it."""


class InstalledModel(Record):
    """An installed model: one of its quantizations, with all files on this machine."""

    entry: ModelEntry
    quant: str
    path: Path
    """The first file, which the engine loads."""
    bytes: int
    """Total size of the files of this quantization."""
    sha256: str
    """Hash of the file at ``path``; empty for a file given by its path, which is never hashed."""
    source: str
    synthetic: bool = False
    """Whether the weights are random (``synth``): speed and memory are realistic, the text is meaningless."""


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    models: tuple[ModelEntry, ...]


@cache
def entries() -> dict[str, ModelEntry]:
    """Return all known models, keyed by id, in the order of ``models.toml``."""
    text = (resources.files(__package__) / "models.toml").read_bytes()
    return {entry.id: entry for entry in msgspec.toml.decode(text, type=_Data).models}


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


def folder(model_id: str) -> Path:
    """Return the folder for the files of a model; it may not exist yet."""
    return config.home() / "models" / model_id


def here(model_id: str) -> ModelEntry:
    """Return the entry of a known model, including the files that were made on this device.

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
    """Return the quantizations of a model that are complete on this machine. Raises what :func:`here` raises."""
    return tuple(quant for quant in here(model_id).quants if installed(model_id, quant) is not None)


def installed(model_id: str, quant: str | None = None) -> InstalledModel | None:
    """Return an installed model; None if no quantization of it is complete on this machine.

    Checks presence and size of the files; :func:`sanderling.models.download.pull.verify` reads their content. ``quant``
    None: the default quantization if installed, else the first installed one.
    """
    entry = here(model_id)
    where = folder(model_id)
    pulled = manifest.read(where).files
    for wanted in (quant,) if quant else (entry.default_quant, *entry.quants):
        names = [file.name for file in entry.files_of(wanted)]
        if all(name in pulled and _size(where / name) == pulled[name].bytes for name in names):
            return InstalledModel(
                entry=entry,
                quant=wanted,
                path=where / names[0],
                bytes=sum(pulled[name].bytes for name in names),
                sha256=pulled[names[0]].sha256,
                source=pulled[names[0]].source,
            )
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
    """Return an installed model, or the one that takes its place; None if neither is complete on this machine."""
    found = installed(model_id)
    instead = get(model_id).instead
    return found if found is not None or not instead else installed(instead)


def from_path(path: Path) -> InstalledModel:
    """Return a model that uses the GGUF file ``path`` in place.

    The model's id is the file's name. Chat format, context and size of the cache come from the header. Raises
    ModelUnavailable if the file is no usable GGUF, UsageError if its architecture has no chat format here.
    """
    header = header_of(path)
    chat_format = CHAT_FORMATS.get(header.architecture)
    if chat_format is None:
        known = ", ".join(CHAT_FORMATS)
        raise UsageError(f"{path} has the architecture {header.architecture!r}: only {known} can be used by path")
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
    """Return the model called ``name``, a path ending in ``.gguf`` or the id of an installed model.

    Raises UsageError for an unknown id, ModelUnavailable for a model that is not installed or not complete.
    """
    if name.endswith(".gguf"):
        return from_path(Path(name))
    found = installed(name, quant)
    if found is None:
        with_quant = f" --quant {quant}" if quant else ""
        raise ModelUnavailable(f"{name} is not here or not complete: run  sanderling models pull {name}{with_quant}")
    return found

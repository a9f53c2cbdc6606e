"""Store each memory's search settings as measured by ``sanderling tune``: the current and the previous ones.

That is the width of the search, or for an index of clusters the number of clusters it looks at.

They are in the folder ``search`` of the data folder, in one file for each memory, named by the memory's path. A file
that cannot be read counts for nothing: the defaults are then used.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

import msgspec

from ... import config, ranges
from ...disk.filelock import locked
from ...disk.files import PRIVATE_FOLDER, content
from ...disk.whole_file import write_whole
from ...errors import UsageError
from ...records import DEFAULT_SEARCH, Record, SearchParams

log = logging.getLogger(__name__)

MOST_BYTES = 1 << 16


class Beam(Record):
    """A search width for an index, with its measured recall."""

    ef_search: int
    recall: tuple[float, float, float]
    """Share of the nearest notes found, with its 95 per cent interval."""
    when: str
    """Time of the measurement, ISO-8601, UTC."""


class Probes(Record):
    """A number of clusters to search, with its measured recall."""

    nprobe: int
    recall: tuple[float, float, float]
    """Share of the nearest notes found, with its 95 per cent interval."""
    when: str
    """Time of the measurement, ISO-8601, UTC."""


class State(Record):
    """The search settings of one memory. ``current`` or ``probes`` None: the default."""

    memory: str
    current: Beam | None = None
    previous: Beam | None = None
    probes: Probes | None = None
    previous_probes: Probes | None = None


_decoded = msgspec.json.Decoder(State).decode


def state(memory: Path) -> State:
    """Return the measured settings of the memory at ``memory``."""
    path, name = _file_of(memory), str(memory.resolve())
    try:
        data = content(path)
        found = _decoded(data) if len(data) <= MOST_BYTES else State(memory="")
    except FileNotFoundError:
        return State(memory=name)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.info("%s is passed over: %s", path, error)
        return State(memory=name)
    return found if found.memory == name else State(memory=name)


def search_params(memory: Path) -> SearchParams:
    """Return the search parameters for the memory at ``memory``."""
    found = state(memory)
    params = DEFAULT_SEARCH
    if found.current is not None and 1 <= found.current.ef_search <= 1 << 16:
        params = msgspec.structs.replace(params, ef_search=found.current.ef_search)
    if found.probes is not None and ranges.PROBES.has(found.probes.nprobe):
        params = msgspec.structs.replace(params, nprobe=found.probes.nprobe)
    return params


def install(memory: Path, beam: Beam | None) -> State:
    """Set the search width to ``beam``; None: the default width.

    The replaced width is kept as the previous one. Raises OSError, StorageFull.
    """
    return _write(memory, lambda now: msgspec.structs.replace(now, current=beam, previous=now.current))


def install_probes(memory: Path, probes: Probes | None) -> State:
    """Set the number of clusters to search to ``probes``; None: the default number.

    The replaced number is kept as the previous one. Raises OSError, StorageFull.
    """
    return _write(memory, lambda now: msgspec.structs.replace(now, probes=probes, previous_probes=now.probes))


def rollback(memory: Path) -> State:
    """Swap the current and the previous search width. A second call undoes the first.

    Raises UsageError if none was ever installed; OSError, StorageFull.
    """
    before = state(memory)
    if before.current is None and before.previous is None:
        raise UsageError(f"no search was ever tuned for {memory}: there is nothing to go back to")
    return install(memory, before.previous)


def rollback_probes(memory: Path) -> State:
    """Swap the current and the previous number of clusters to search. A second call undoes the first.

    Raises UsageError if none was ever installed; OSError, StorageFull.
    """
    before = state(memory)
    if before.probes is None and before.previous_probes is None:
        raise UsageError(f"no number of clusters was ever tuned for {memory}: there is nothing to go back to")
    return install_probes(memory, before.previous_probes)


def _write(memory: Path, change: Callable[[State], State]) -> State:
    config.made_home()
    _folder().mkdir(PRIVATE_FOLDER, exist_ok=True)
    with locked(_folder() / "lock"):
        after = change(state(memory))
        write_whole(_file_of(memory), msgspec.json.encode(after), private=True)
        return after


def _folder() -> Path:
    return config.home() / "search"


def _file_of(memory: Path) -> Path:
    return _folder() / f"{hashlib.sha256(str(memory.resolve()).encode()).hexdigest()[:16]}.json"

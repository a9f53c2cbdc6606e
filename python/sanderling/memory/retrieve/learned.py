"""Store the learned attention weights of each embedder: the current and the previous ones.

They are in the folder ``attention`` of the data folder, in one file for each embedder and feature table. It is replaced
as a whole, so a crash leaves the old weights in place. Weights of another table have another file: an upgrade finds
none, and leaves those of the older version to the older version.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec

from ... import config
from ..._core import Attention, DamageError, VersionError
from ...disk.filelock import locked
from ...disk.files import PRIVATE_FOLDER, content
from ...disk.whole_file import write_whole
from ...errors import UsageError
from ...records import Record
from .attention_weights import check
from .features import FEATURES_VERSION

MAX_NAME = 60
"""Most letters of an embedder's id in its file's name."""
_REMEDY = "run  sanderling memory learn --forget  and learn again"


class Learned(Record):
    """Weights learned from a memory, and their gain on held-out questions."""

    weights: bytes
    """Contents of a weights file."""
    when: str
    """Time of the training, ISO-8601, UTC."""
    questions: int
    """Number of questions learned from."""
    held_out: int
    gain: tuple[float, float, float]
    """Gain in R@5 over the previous ranking on held-out questions, with its 95 per cent interval."""


class State(Record):
    """The learned weights for one embedder. ``current`` None: none are in use, and the shipped weights rank."""

    embedder: str
    current: Learned | None = None
    previous: Learned | None = None


def state(embedder_id: str) -> State:
    """Return the weights learned for an embedder. Raises UsageError for a file that cannot be read or is damaged."""
    path = file_of(embedder_id)
    try:
        found = msgspec.json.decode(content(path), type=State)
    except FileNotFoundError:
        return State(embedder=embedder_id)
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): {_REMEDY}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged ({error}): {_REMEDY}") from error
    if found.embedder != embedder_id:
        raise UsageError(f"{path} is of the embedder {found.embedder}: {_REMEDY}")
    return found


def attention(embedder_id: str) -> tuple[Attention, Learned] | None:
    """Return the weights in use for an embedder; None if no weights are learned.

    Raises UsageError for a file that cannot be read, is damaged or holds weights of another feature table.
    """
    current = state(embedder_id).current
    if current is None:
        return None
    path = file_of(embedder_id)
    try:
        found = Attention.from_bytes(current.weights)
    except (DamageError, VersionError) as error:
        raise UsageError(f"{path}: {error}: {_REMEDY}") from error
    check(found, str(path))
    return found, current


def install(embedder_id: str, learned: Learned) -> State:
    """Use ``learned`` from now on, and keep the replaced weights. Raises OSError, StorageFull.

    A damaged file is replaced, and nothing is kept of it.
    """
    return _write(embedder_id, lambda before: State(embedder=embedder_id, current=learned, previous=before.current))


def rollback(embedder_id: str) -> State:
    """Swap the current and the previous weights; either may be None. A second call undoes the first.

    Raises UsageError if nothing has been learned for the embedder or the file is damaged; OSError, StorageFull.
    """
    if state(embedder_id) == State(embedder=embedder_id):
        raise UsageError(f"nothing has been learned for {embedder_id}: there is nothing to go back to")
    return _write(
        embedder_id, lambda before: State(embedder=embedder_id, current=before.previous, previous=before.current)
    )


def forget(embedder_id: str) -> bool:
    """Delete the weights learned for an embedder; return whether there were any. A damaged file is deleted too.

    Raises OSError.
    """
    path = file_of(embedder_id)
    if not path.exists():
        return False
    with locked(folder() / "lock"):
        path.unlink(missing_ok=True)
    return True


def file_of(embedder_id: str) -> Path:
    """Return the path of the file for an embedder and this version of the features.

    It exists once any was installed.
    """
    shown = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in embedder_id)[:MAX_NAME]
    digest = hashlib.sha256(embedder_id.encode()).hexdigest()[:8]
    return folder() / f"{shown}-{digest}.table{FEATURES_VERSION}.json"


def folder() -> Path:
    """Return the folder of learned weights. It exists once any was installed."""
    return config.home() / "attention"


def _write(embedder_id: str, change: Callable[[State], State]) -> State:
    config.made_home()
    folder().mkdir(PRIVATE_FOLDER, exist_ok=True)
    with locked(folder() / "lock"):
        try:
            before = state(embedder_id)
        except UsageError:
            before = State(embedder=embedder_id)
        after = change(before)
        write_whole(file_of(embedder_id), msgspec.json.encode(after), private=True)
        return after

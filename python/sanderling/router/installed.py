"""The current and the previous router trained on this device.

They are in the folder ``router`` of the data folder. Weights files are named by their content; ``installed.json`` names
the current and the previous one. A weights file is complete on disk before ``installed.json`` names it, and that file
is replaced atomically. A crash in between leaves the old router in place and an unreferenced file, which the next
installation deletes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import PRIVATE_FOLDER, content
from ..disk.whole_file import write_whole
from ..errors import UsageError
from ..records import Record
from .training.judge import Judgement

SHIPPED = Path(__file__).with_name("shipped.grnn")
"""Weights for the ladder of open models, in packages that have some; ``shipped.md`` beside them documents their
training."""


class Installed(Record):
    """An installed router, and the judgements that justified its installation."""

    file: str
    id: str
    """The router's id in telemetry."""
    when: str
    """Installation time, ISO-8601, UTC."""
    judgements: tuple[Judgement, ...]


class State(Record):
    """The current and previous routers. ``current`` None: nothing is installed and the rule decides."""

    current: Installed | None = None
    previous: Installed | None = None


def state() -> State:
    """Read which routers are installed.

    Raises UsageError when ``installed.json`` cannot be read.
    """
    path = folder() / "installed.json"
    try:
        return msgspec.json.decode(content(path), type=State)
    except FileNotFoundError:
        return State()
    except OSError as error:
        raise UsageError(f"{path} cannot be read ({error.strerror}): make it readable, or delete it") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged ({error}): delete it and train again") from error


def weights() -> Path:
    """Return the path of the current weights file. Raises UsageError when nothing is installed."""
    current = state().current
    if current is None:
        raise UsageError("no router is installed: run  sanderling router train --from-log  or use  --router rule")
    return folder() / current.file


def install(data: bytes, id: str, judgements: tuple[Judgement, ...]) -> State:
    """Install ``data`` as the current router, and keep the replaced router as the previous router.

    ``data``: the content of a weights file.

    Raises OSError and StorageFull.
    """
    with locked(_made() / "lock"):
        before = state()
        new = Installed(
            file=f"{hashlib.sha256(data).hexdigest()[:16]}.grnn",
            id=id,
            when=datetime.now(UTC).isoformat(timespec="seconds"),
            judgements=judgements,
        )
        write_whole(folder() / new.file, data, private=True)
        after = State(current=new, previous=before.current)
        write_whole(folder() / "installed.json", msgspec.json.encode(after), private=True)
        named = {each.file for each in (after.current, after.previous) if each is not None}
        for file in folder().glob("*.grnn*"):
            if file.name not in named:
                file.unlink()
        return after


def rollback() -> State:
    """Swap the current and the previous router.

    Either may be None. A second call undoes the first.

    Raises UsageError when nothing was ever installed, OSError and StorageFull.
    """
    if state() == State():
        raise UsageError("no router was ever installed here: there is nothing to go back to")
    with locked(_made() / "lock"):
        before = state()
        after = State(current=before.previous, previous=before.current)
        write_whole(folder() / "installed.json", msgspec.json.encode(after), private=True)
        return after


def check_ladder(models: tuple[str, ...], rungs: Mapping[int, str], ladder: str = "", here_ladder: str = "") -> None:
    """Raise UsageError if a router trained for ``models`` cannot be used with the models on this device.

    ``rungs``: model ids by rung. ``ladder`` and ``here_ladder``: names of the two ladders; empty: not known.
    """
    here = [rungs[rung] for rung in sorted(rungs)]
    if ladder and here_ladder and ladder != here_ladder:
        raise UsageError(
            f"the router was trained for the ladder {ladder} ({', '.join(filter(None, models))}), here is"
            f" {here_ladder} ({', '.join(here)}): train it again, or use  --router rule"
        )
    if any(rung >= len(models) or models[rung] != name for rung, name in rungs.items()):
        raise UsageError(
            f"the router was trained for {', '.join(filter(None, models))}, here are {', '.join(here)}:"
            " train it again, or use  --router rule"
        )


def folder() -> Path:
    """Return the folder of installed routers. It exists once a router has been installed."""
    return config.home() / "router"


def _made() -> Path:
    config.made_home()
    folder().mkdir(PRIVATE_FOLDER, exist_ok=True)
    return folder()

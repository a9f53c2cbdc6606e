"""Runs one exchange of a memory with the hub: pull, push, or pull then push."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from ..disk.filelock import locked
from ..errors import HubError, UsageError
from ..memory.memory import Memory
from ..privacy_rules import PrivacyRules
from .exchange import Exchange, Exchanged
from .pull import pull
from .push import push
from .tables.space import Space
from .tables.state import StateFile

Way = Literal["pull", "push", "sync"]
Progress = Callable[[str, int, int], None]
ROUNDS = 3
"""Maximum number of pulls in a sync. A sync pulls again if one of its pushes lost to another device's."""


def sync(
    memory: Memory,
    space: Space,
    rules: PrivacyRules,
    *,
    way: Way = "sync",
    only: str = "",
    on_progress: Progress = lambda what, done, total: None,
) -> Exchanged:
    """Exchange the units of ``memory`` with a space of the hub.

    ``rules``: which notes are never read by a push. ``only``: ``domain=NAME`` or ``tag=NAME``, pull no other units that
    the memory has not yet. ``on_progress``: called with what is under way, the units done, and all.

    Raises UsageError for another ``only``, and while another process exchanges this memory; HubError where the hub
    fails: what was done until then stays on both sides, and the next call goes on from there; StorageFull;
    MemoryFileError.
    """
    if only and not (only.startswith(("domain=", "tag=")) and only.partition("=")[2].strip()):
        raise UsageError(f"--only {only}: must be domain=NAME or tag=NAME")
    memory.store.database.require_writable()
    with _alone(memory), _state(memory) as state:
        exchange = Exchange(memory, space, state, rules, only)
        cursor, total = None, Exchanged()
        for _ in range(ROUNDS):
            if way != "push":
                done, cursor = pull(exchange, lambda at, of: on_progress("pull", at, of))
                total = _added(total, done)
            if way == "pull":
                break
            done = push(exchange, lambda at, of: on_progress("push", at, of))
            total = _added(total, done)
            if way == "push" or not done.conflicts:
                break
        exchange.end(cursor)
        return msgspec.structs.replace(total, warnings=tuple(dict.fromkeys(exchange.warnings)))


@contextmanager
def _alone(memory: Memory) -> Iterator[None]:
    path = memory.store.path.with_name(f"{memory.store.path.name}.hub-lock")
    try:
        with locked(path, wait=False):
            yield
    except BlockingIOError as error:
        raise UsageError(
            f"{memory.store.path}: another process exchanges this memory with a hub: wait for it"
        ) from error
    except OSError as error:
        if error.filename == str(path) or str(path) in str(error):
            raise HubError(f"{path} cannot be made ({error.strerror or error}): make its folder writable") from error
        raise


@contextmanager
def _state(memory: Memory) -> Iterator[StateFile]:
    state = StateFile(memory.store.path)
    try:
        yield state
    finally:
        state.close()


def _added(one: Exchanged, other: Exchanged) -> Exchanged:
    counts = {
        name: getattr(one, name) + getattr(other, name)
        for name in ("pulled", "removed", "pushed", "conflicts", "embedded")
    }
    return Exchanged(**counts, private=other.private or one.private, waiting=other.waiting or one.waiting)

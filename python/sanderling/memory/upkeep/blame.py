"""An error that damage in the memory explains, said as such.

Rows are read in many places, and each takes for granted what a writer of ours puts there. A damaged memory breaks that
anywhere, as a ``TypeError`` for example. So whoever opens a memory for a command does it here: an error that is none of
ours has the memory looked over, and if something is wrong with that, this is what the user is told.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ...disk import medium
from ...errors import SanderlingError
from ..store.cells import key_problems
from ..store.database import Damaged
from ..store.store import Store
from .verification import store_problems

P = ParamSpec("P")
T = TypeVar("T")


# What SQLite says of a function that was handed what it cannot take, and of keys that have come to an end.
_UNEXPLAINED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_FULL}


class _HasStore(Protocol):
    store: Store


S = TypeVar("S", bound=_HasStore)


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open the memory at ``path`` for the length of one command; raises as :meth:`Store.open_existing`, and Damaged."""
    store = Store.open_existing(path)
    try:
        with blamed(store):
            yield store
    finally:
        store.close()


@contextmanager
def blamed(store: Store) -> Iterator[None]:
    """Raise Damaged for what goes wrong inside, if the memory is damaged; else what was raised."""
    try:
        yield
    except OSError:
        raise
    except Exception as error:
        code = medium.code(error.__cause__)
        if (isinstance(error, SanderlingError) and code not in _UNEXPLAINED) or store.database.in_transaction:
            raise
        problems: tuple[str, ...] = ()
        with suppress(SanderlingError):  # in use, for example: then nothing is known
            # A disk that is full is no reason to read all of the memory.
            full = code == sqlite3.SQLITE_FULL
            problems = tuple(key_problems(store.database)) if full else store_problems(store)
        if problems:
            raise Damaged(store.path, *problems) from error
        raise


def blames(method: Callable[Concatenate[S, P], T]) -> Callable[Concatenate[S, P], T]:
    """Make all of a method of something with a ``store`` run inside :func:`blamed`."""

    @wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with blamed(self.store):
            return method(self, *args, **kwargs)

    return run

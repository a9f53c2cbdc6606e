"""Replace errors caused by a damaged memory with :class:`~sanderling.memory.store.database.Damaged`.

Code that reads rows relies on what our writers store. In a damaged memory it can fail anywhere and with any error, a
``TypeError`` for example. Commands therefore open a memory with :func:`opened`: an error that is not one of ours has
the memory checked, and if that finds a problem, the problem is reported in place of the error.
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


# SQLite's codes for a function called with a value it cannot take, and for keys that have run out.
_UNEXPLAINED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_FULL}


class _HasStore(Protocol):
    store: Store


S = TypeVar("S", bound=_HasStore)


@contextmanager
def opened(path: Path) -> Iterator[Store]:
    """Open the memory at ``path`` for the ``with`` block.

    Raises MemoryFileError if there is none or it is locked, and Damaged for an error that damage explains.
    """
    store = Store.open_existing(path)
    try:
        with blamed(store):
            yield store
    finally:
        store.close()


@contextmanager
def blamed(store: Store) -> Iterator[None]:
    """Raise Damaged in place of an error from the block, if the memory is damaged."""
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
    """Make a method run inside :func:`blamed`. Its object must have a ``store``."""

    @wraps(method)
    def run(self: S, /, *args: P.args, **kwargs: P.kwargs) -> T:
        with blamed(self.store):
            return method(self, *args, **kwargs)

    return run

"""Sanderling: ask your notes, offline.

A small model reasons (llama.cpp in a worker process), a graph memory remembers (SQLite and a Rust index), a router
decides per request how much of either to spend::

    import sanderling

    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add("notes/")
        answer = runtime.ask("Who repairs the pump?")
        print(answer.text, [source.title for source in answer.sources])

The path of a request is the list of verbs in :mod:`sanderling.runtime`; the values that travel along it are in
:mod:`sanderling.records`, the errors in :mod:`sanderling.errors`. Importing this package loads neither the extension
nor an engine: names are resolved when they are used.

| folder | holds |
|---|---|
| ``stages`` | the verbs of one request |
| ``memory`` | SQLite store, index, ingest |
| ``engines`` | generators in worker processes, the embedder |
| ``models`` | what can be had, what is here, what fits |
| ``router`` | who decides |
| ``telemetry`` | one row per request |
| ``device``, ``profiles`` | what this device is, and what follows |
| ``cli`` | one module per command |
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import optouts as optouts  # before whatever a caller imports next: libraries look at the environment once

if TYPE_CHECKING:
    from ._core import __version__
    from .filter import Filter
    from .records import Answer
    from .request.handle import Handle
    from .runtime import Runtime

__all__ = ["Answer", "Filter", "Handle", "Runtime", "__version__"]

_HOME = {"Answer": "records", "Filter": "filter", "Handle": "request.handle", "Runtime": "runtime", "__version__": "_core"}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value

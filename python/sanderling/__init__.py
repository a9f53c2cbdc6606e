"""Sanderling: ask your notes, offline.

A small model reasons (llama.cpp in a worker process), a graph memory remembers (SQLite and a Rust index), and a router
decides for each request how much of either to spend::

    import sanderling

    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add("notes/")
        answer = runtime.ask("Who repairs the pump?")
        print(answer.text, [source.title for source in answer.sources])

This module exports every type and error that a public call takes, returns or raises; all other modules may change with
any version. Names are resolved on first use, so importing the package loads neither the extension nor an engine.

Layers, from the top; each imports only from those below it:

==============================  ========================================================
``cli``, ``bench_device``       the commands, one file each; the benchmarks behind ``sanderling bench``
``runtime.py``                  the verbs of one request in order (``opening.py``: choosing the parts;
                                ``conversation.py``: turns; ``doctor.py``: checks of an installation)
``response_cache``              answers kept for questions asked again
``stages``                      the verbs
``router``                      which model, how much context: rule, learned networks, training
``models``                      which models exist, are installed, and fit
``engines``                     generation in worker processes
``memory``, ``device``          the notes and their index; the hardware and its profile
``request``, ``telemetry``      the values of one request; one row for each request
``embedding``, ``filter.py``,   text to vectors; which notes to search; settings of the user
``config.py``
``text``, ``disk``,             text analysis; safe file access; frozen values, errors and ranges of numbers;
``records.py``, ``errors.py``,  child processes that end with their parent; opt-outs of libraries' telemetry
``ranges.py``,
``child_process.py``,
``optouts.py``
==============================  ========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import optouts as optouts  # before whatever a caller imports next: libraries look at the environment once

if TYPE_CHECKING:
    from ._core import Attention, InternalError, __version__
    from .config import Config
    from .conversation import Conversation
    from .embedding.contract import Embedder
    from .errors import (
        Busy,
        Cancelled,
        ContextOverflow,
        DownloadError,
        EngineError,
        MemoryFileError,
        MissingExtra,
        ModelUnavailable,
        OutOfMemory,
        SanderlingError,
        StorageFull,
        UsageError,
        WorkerDied,
    )
    from .filter import Filter
    from .listing import Listing
    from .memory import Imported, IngestProgress, IngestReport, Memory, Note, StoreStats
    from .records import (
        Answer,
        Assessment,
        AttentionResult,
        Dropped,
        MemoryUse,
        Node,
        NodeMetadata,
        RetrievalResult,
        Route,
        SearchParams,
        SearchResult,
        SearchStats,
        SourceNote,
        Timings,
        TokenCounts,
    )
    from .request.handle import Handle
    from .router.explain import Explanation, Mattered, Weighed
    from .runtime import Runtime
    from .stages.summarise import Summarised

__all__ = [
    "Answer",
    "Assessment",
    "Attention",
    "AttentionResult",
    "Busy",
    "Cancelled",
    "Config",
    "ContextOverflow",
    "Conversation",
    "DownloadError",
    "Dropped",
    "Embedder",
    "EngineError",
    "Explanation",
    "Filter",
    "Handle",
    "Imported",
    "IngestProgress",
    "IngestReport",
    "InternalError",
    "Listing",
    "Mattered",
    "Memory",
    "MemoryFileError",
    "MemoryUse",
    "MissingExtra",
    "ModelUnavailable",
    "Node",
    "NodeMetadata",
    "Note",
    "OutOfMemory",
    "RetrievalResult",
    "Route",
    "Runtime",
    "SanderlingError",
    "SearchParams",
    "SearchResult",
    "SearchStats",
    "SourceNote",
    "StorageFull",
    "StoreStats",
    "Summarised",
    "Timings",
    "TokenCounts",
    "UsageError",
    "Weighed",
    "WorkerDied",
    "__version__",
]

_ELSEWHERE = {
    "Attention": "_core",
    "Config": "config",
    "Conversation": "conversation",
    "Embedder": "embedding.contract",
    "Explanation": "router.explain",
    "Filter": "filter",
    "Handle": "request.handle",
    "IngestProgress": "memory",
    "Imported": "memory",
    "IngestReport": "memory",
    "InternalError": "_core",
    "Listing": "listing",
    "Mattered": "router.explain",
    "Memory": "memory",
    "Note": "memory",
    "Runtime": "runtime",
    "StoreStats": "memory",
    "Summarised": "stages.summarise",
    "Weighed": "router.explain",
    "__version__": "_core",
}
"""Modules of the public names that are neither in ``errors`` nor in ``records``."""


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    errors = import_module(".errors", __name__)
    home = errors if hasattr(errors, name) else import_module(f".{_ELSEWHERE.get(name, 'records')}", __name__)
    value = getattr(home, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__

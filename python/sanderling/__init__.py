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
``conversations``               conversations kept for another day
``response_cache``, ``plain``   answers kept for questions asked again; models asked without notes
``stages``                      the verbs
``router``                      which model, how much context: rule, learned networks, training
``models``                      which models exist, are installed, and fit
``engines``                     generation in worker processes
``memory``, ``device``          the notes and their index; the hardware and its profile
``request``, ``telemetry``      the values of one request; one row for each request
``embedding``, ``filter.py``,   text to vectors; which notes to search; settings of the user
``config.py``
``text``, ``disk``,             text analysis; safe file access; frozen values, errors and ranges of numbers;
``records.py``, ``quote.py``,   child processes that end with their parent; opt-outs of libraries' telemetry
``errors.py``, ``ranges.py``,
``child_process.py``,
``optouts.py``, ``verdict.py``
==============================  ========================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import optouts as optouts  # before whatever a caller imports next: libraries look at the environment once

if TYPE_CHECKING:
    from ._core import Attention, InternalError, __version__
    from .config import Config
    from .conversation import Conversation
    from .conversations.turn import KeptConversation, KeptList, KeptSource, KeptTurn
    from .embedding.contract import Embedder
    from .engines.protocol import TokenizerInfo
    from .errors import (
        Busy,
        Cancelled,
        ContextOverflow,
        DownloadError,
        EngineError,
        HubError,
        MemoryFileError,
        MissingExtra,
        ModelUnavailable,
        NoNotes,
        OutOfMemory,
        SanderlingError,
        StorageFull,
        TierFailed,
        UsageError,
        WorkerDied,
    )
    from .experiment import Arm, Experiment
    from .filter import Filter
    from .listing import Listing
    from .memory import Imported, IngestProgress, IngestReport, Memory, Note, StoreStats
    from .memory.upkeep.forget import Forgotten
    from .models.inventory import ModelState
    from .plain.completion import Completion, CompletionToken, LikelyToken, ToolCall
    from .plain.model import PlainModel
    from .plain.tier_model import PlainTierModel
    from .plain.tools import Tool
    from .privacy import PrivacySettings
    from .quote import Quote, SourceNote
    from .records import (
        Answer,
        Assessment,
        AttentionResult,
        Dropped,
        MemoryUse,
        Message,
        Node,
        NodeMetadata,
        RetrievalResult,
        Route,
        SearchParams,
        SearchResult,
        SearchStats,
        Timings,
        TokenCounts,
    )
    from .request.handle import Handle
    from .router.explain import Explanation, Mattered, Weighed
    from .runtime import Runtime
    from .stages.summarise import Summarised
    from .tier import Tier, TierModel
    from .tiers.state import TierState
    from .verdict import Verdict

__all__ = [
    "Answer",
    "Arm",
    "Assessment",
    "Attention",
    "AttentionResult",
    "Busy",
    "Cancelled",
    "Completion",
    "CompletionToken",
    "Config",
    "ContextOverflow",
    "Conversation",
    "DownloadError",
    "Dropped",
    "Embedder",
    "EngineError",
    "Experiment",
    "Explanation",
    "Filter",
    "Forgotten",
    "Handle",
    "HubError",
    "Imported",
    "IngestProgress",
    "IngestReport",
    "InternalError",
    "KeptConversation",
    "KeptList",
    "KeptSource",
    "KeptTurn",
    "LikelyToken",
    "Listing",
    "Mattered",
    "Memory",
    "MemoryFileError",
    "MemoryUse",
    "Message",
    "MissingExtra",
    "ModelState",
    "ModelUnavailable",
    "NoNotes",
    "Node",
    "NodeMetadata",
    "Note",
    "OutOfMemory",
    "PlainModel",
    "PlainTierModel",
    "PrivacySettings",
    "Quote",
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
    "Tier",
    "TierFailed",
    "TierModel",
    "TierState",
    "Timings",
    "TokenCounts",
    "TokenizerInfo",
    "Tool",
    "ToolCall",
    "UsageError",
    "Verdict",
    "Weighed",
    "WorkerDied",
    "__version__",
]

_ELSEWHERE = {
    "Arm": "experiment",
    "Attention": "_core",
    "Completion": "plain.completion",
    "CompletionToken": "plain.completion",
    "Config": "config",
    "Conversation": "conversation",
    "Embedder": "embedding.contract",
    "Experiment": "experiment",
    "Explanation": "router.explain",
    "Filter": "filter",
    "Forgotten": "memory.upkeep.forget",
    "Handle": "request.handle",
    "IngestProgress": "memory",
    "Imported": "memory",
    "IngestReport": "memory",
    "InternalError": "_core",
    "KeptConversation": "conversations.turn",
    "KeptList": "conversations.turn",
    "KeptSource": "conversations.turn",
    "KeptTurn": "conversations.turn",
    "LikelyToken": "plain.completion",
    "Listing": "listing",
    "Mattered": "router.explain",
    "Memory": "memory",
    "ModelState": "models.inventory",
    "Note": "memory",
    "PlainModel": "plain.model",
    "PlainTierModel": "plain.tier_model",
    "PrivacySettings": "privacy",
    "Quote": "quote",
    "Runtime": "runtime",
    "StoreStats": "memory",
    "Summarised": "stages.summarise",
    "Tier": "tier",
    "TierModel": "tier",
    "TierState": "tiers.state",
    "TokenizerInfo": "engines.protocol",
    "Tool": "plain.tools",
    "ToolCall": "plain.completion",
    "Verdict": "verdict",
    "Weighed": "router.explain",
    "__version__": "_core",
}
"""Maps each public name that is not from ``errors`` or ``records`` to its module."""


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

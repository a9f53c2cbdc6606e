"""The package exports whatever a public call takes, returns or raises, and nothing by accident."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import runtimes

import sanderling
from sanderling import errors
from sanderling.memory.retrieve.candidates import CandidateGenerator
from sanderling.memory.retrieve.hybrid import Weights
from sanderling.memory.retrieve.ranker import Ranker
from sanderling.request.admission import Admission

PUBLIC = {
    "a question": {"Runtime", "Conversation", "Handle", "Filter", "Config", "Embedder", "Experiment", "Arm"},
    "an answer": {
        "Answer",
        "Assessment",
        "Dropped",
        "Explanation",
        "Listing",
        "Mattered",
        "MemoryUse",
        "ModelState",
        "Quote",
        "Route",
        "SourceNote",
        "Timings",
        "TokenCounts",
        "Verdict",
        "Weighed",
    },
    "a conversation": {"KeptConversation", "KeptList", "KeptSource", "KeptTurn"},
    "a model without notes": {
        "Completion",
        "CompletionToken",
        "LikelyToken",
        "Message",
        "PlainModel",
        "TokenizerInfo",
        "Tool",
        "ToolCall",
    },
    "the memory": {
        "Attention",
        "AttentionResult",
        "Forgotten",
        "Imported",
        "IngestProgress",
        "IngestReport",
        "Memory",
        "Node",
        "NodeMetadata",
        "Note",
        "RetrievalResult",
        "SearchParams",
        "SearchResult",
        "SearchStats",
        "StoreStats",
        "Summarised",
    },
    "errors": {
        "Busy",
        "Cancelled",
        "ContextOverflow",
        "DownloadError",
        "EngineError",
        "HubError",
        "InternalError",
        "MemoryFileError",
        "MissingExtra",
        "ModelUnavailable",
        "NoNotes",
        "OutOfMemory",
        "SanderlingError",
        "StorageFull",
        "TierFailed",
        "UsageError",
        "WorkerDied",
    },
    "tiers": {"PlainTierModel", "PrivacySettings", "Tier", "TierModel", "TierState"},
    "version": {"__version__"},
}
NAMES = sorted(set().union(*PUBLIC.values()))
MADE_BY_CALLS = {"Conversation", "Memory", "PlainModel", "PlainTierModel", "Runtime"}
"""Their constructors join parts that are not public: ``chat`` and ``open`` make them."""
NOT_PUBLIC = {
    Admission: "Runtime.admit_by, by which the service queues questions",
    CandidateGenerator: "Memory.candidates, with which the attention is trained",
    Ranker: "Memory.ranker, of which commands show the name",
    Weights: "Memory.find(weights=...), with which channels are compared",
}
ATTRIBUTES = {
    "Runtime": {"config", "memory"},
    "Memory": {"embedder", "index", "store", "today"},  # the two before the last are of use inside the package only
    "Conversation": set(),
    "Handle": {"id"},
    "PlainModel": {"context_tokens", "id"},
    "PlainTierModel": {"id", "privacy"},
}
"""Attributes without an underscore, set when an object is made."""


def ours(annotation: object) -> Iterator[type]:
    """Yield the classes of this package that an annotation names, however deep."""
    if isinstance(annotation, type) and annotation.__module__.partition(".")[0] == "sanderling":
        yield annotation
    for part in typing.get_args(annotation):
        yield from (each for one in (part if isinstance(part, list) else [part]) for each in ours(one))


def annotations(cls: type) -> Iterator[tuple[str, object]]:
    """Yield what the fields and public methods of a class are annotated with."""
    if not cls.__module__.endswith("_core"):  # an extension class has no annotations; the stub is checked by stubtest
        yield from ((f"{cls.__name__}.{name}", hint) for name, hint in typing.get_type_hints(cls).items())
    for name, member in inspect.getmembers(cls):
        called_on_object = name == "__call__" or (name == "__init__" and cls.__name__ not in MADE_BY_CALLS)
        if name.startswith("_") and not called_on_object:
            continue
        function = inspect.unwrap(getattr(member, "fget", member))
        if inspect.isfunction(function) or inspect.ismethod(function):
            for where, hint in typing.get_type_hints(function).items():
                yield f"{cls.__name__}.{name}({where})", hint


def reached() -> dict[type, str]:
    """Return each class that can be reached from the exported ones, and from where."""
    waiting = [value for name in NAMES if isinstance(value := getattr(sanderling, name), type)]
    found = dict.fromkeys(waiting, "exported")
    while waiting:
        for where, annotation in annotations(waiting.pop()):
            for cls in ours(annotation):
                if cls not in found:
                    found[cls] = where
                    if cls not in NOT_PUBLIC:
                        waiting.append(cls)
    return found


def test_the_list() -> None:
    assert sorted(sanderling.__all__) == NAMES
    assert sorted(dir(sanderling)) == NAMES
    assert len(sanderling.__all__) == len(set(sanderling.__all__))


@pytest.mark.parametrize("name", NAMES)
def test_what_is_exported_is_there_and_described(name: str) -> None:
    value = getattr(sanderling, name)
    if isinstance(value, type):
        assert value.__name__ == name
        assert value.__doc__ and not value.__doc__.startswith(f"{name}("), "described by its author"
    with pytest.raises(AttributeError, match="no attribute"):
        getattr(sanderling, f"{name}s")


def test_every_type_that_a_public_call_takes_or_returns_is_exported() -> None:
    exported = {getattr(sanderling, name) for name in NAMES if name != "__version__"}
    missing = {cls: where for cls, where in reached().items() if cls not in exported}
    assert missing.keys() == NOT_PUBLIC.keys(), missing


def test_every_error_is_exported() -> None:
    here = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert here | {"InternalError"} == PUBLIC["errors"]


def test_errors_have_exit_codes_of_their_own_unless_they_are_special_cases() -> None:
    direct = [getattr(errors, name) for name in PUBLIC["errors"] if hasattr(errors, name)]
    direct = [each for each in direct if each.__base__ is errors.SanderlingError]
    assert len({each.exit_code for each in direct}) == len(direct)


def test_what_an_object_holds_is_private_or_on_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        runtime = opens()
        for value in (runtime, runtime.memory, runtime.chat(), sanderling.Handle()):
            public = {name for name in vars(value) if not name.startswith("_")}
            assert public == ATTRIBUTES[type(value).__name__]

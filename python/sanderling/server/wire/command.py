"""Request bodies of the command line's own routes.

The command line has the same version as the service.
"""

from __future__ import annotations

import msgspec

from ...records import Answer, ContextBin, Privacy


class FilterFields(msgspec.Struct, frozen=True):
    """The fields of a filter. They are checked when the filter is built."""

    types: list[str] = []
    sources: list[str] = []
    tags: list[str] = []
    domains: list[str] = []
    since: str = ""
    until: str = ""
    under: list[str] = []


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``ask``. Absent fields have the runtime's defaults."""

    id: str
    question: str
    filter: FilterFields
    conversation: str = ""
    """Name of the conversation; empty: a single question."""
    kept: str = ""
    """Id of the conversation on the disk; empty: not kept.

    With it the conversation resumes after a restart of the service.
    """
    model: str = ""
    budget_ms: float | None = None
    privacy: Privacy | None = None
    """Privacy of the question; None: as configured."""
    max_tokens: int = 256
    context: ContextBin | None = None
    cache: bool = True
    limit: int = 20
    start: int = 1


class Talked(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``talk``."""

    conversation: str
    """The command line's name for the conversation."""
    id: str | None
    """Id of a kept conversation; None: begin a new one."""
    filter: FilterFields | None
    """Filter for the conversation; None: keep its present filter."""


class Searched(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``search``."""

    question: str
    filter: FilterFields
    k: int
    excerpt: int


class Quoted(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``quote``."""

    question: str
    filter: FilterFields
    limit: int
    start: int


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``ingest``."""

    paths: list[str]
    prune: bool = False
    exclude: list[str] = []
    domain: str = ""
    tags: list[str] = []


class Remembered(msgspec.Struct, frozen=True, kw_only=True):
    """Body of ``remember``."""

    question: str
    answer: Answer

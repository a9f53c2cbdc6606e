"""Answers and costs of Sanderling and its peers, stored in the raw files as one JSON line each."""

from __future__ import annotations

from ...records import Record


class PeerRow(Record):
    """One question, answered by one program. Scores are 0 where it failed."""

    peer: str
    question: str
    set: str
    hops: int
    answerable: bool
    began_s: float
    error: str = ""
    text: str = ""
    first_ms: float = 0.0
    """From the question to the first piece of the answer."""
    total_ms: float = 0.0
    recall: float = 0.0
    em: float = 0.0
    f1: float = 0.0
    contains: float = 0.0
    declined: float = 0.0
    words: int = 0
    """Length of the answer."""
    peak_rss_bytes: int = 0
    """Of all its processes, with the model, since they started."""


class Cost(Record):
    """Time, memory and disk space that one program needs for the notes of one set."""

    peer: str
    set: str
    ingest_s: float
    peak_rss_bytes: int
    """Of all its processes, with the model, after ingest, questions and search."""
    disk_bytes: int
    """What it keeps of the notes."""
    cold_start_ms: float | None
    """From the start of a new process to its first whole answer; median of some starts. None: each failed."""

"""What a collection of labels is made of: one JSON line per record, numbers and ids only, never a sentence.

A file begins with a :class:`CollectionHeader`, one per run that added to it; then come an :class:`Asked` for each question
and a :class:`Tried` for each answer given to it. Lines are only ever appended. Of two lines about the same thing the
later one counts, so that features can be written again without asking any model again.

A missing :class:`Tried` means that the combination was not tried; a combination whose prompt is, token for token, that
of a smaller context is copied from it and says so in ``same_as``.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import msgspec

from ...errors import UsageError
from ...records import ContextBin, FinishReason, Record

Cell: TypeAlias = tuple[str, str, ContextBin, float]
"""What can be tried: question, model, context, temperature."""


class CollectionHeader(Record, tag="collection"):
    """Where and with what the lines after it were made."""

    machine: dict[str, object]
    began: str
    """ISO-8601, UTC."""
    ladder: tuple[str, ...]
    """Model ids, smallest first: the order of the router's outputs."""
    quants: dict[str, str]
    engine: str
    embedder: str
    n_threads: int
    context_tokens: dict[ContextBin, int]
    sets: dict[str, str]
    """Digest of each set's questions, by name."""
    seed: int
    judge: str | None = None
    """Model that gave marks; None: nobody did."""
    way: str = "memory"
    """Of searching: the memory's own, or one that it is compared with."""


class Asked(Record, tag="asked"):
    """One question, and what was known before anything was generated."""

    question: str
    """Set and id, with a slash between."""
    set: str
    kind: str
    hops: int
    answerable: bool
    numeric: bool
    """Whether the answer is the last number said, as in GSM8K."""
    raw: dict[str, float]
    """Named values of :mod:`sanderling.router.features`, not normalised; of the question and the search only."""
    distances: tuple[float, ...]
    """Of the nearest nodes by vector, nearest first."""
    weights: tuple[float, ...]
    """Of the heaviest nodes attended over, heaviest first."""
    gold_ranks: tuple[int, ...]
    """Rank of each gold document among the documents found, from 1; 0: not found."""
    features_version: int
    retrieval_ms: float | None = None
    """Embedding, searching and reading off the features, on the machine of the collection; None: not measured."""


class Scores(Record):
    """Measures of one answer, each between 0 and 1; see :mod:`sanderling.bench_device.answers.quality`."""

    em: float
    f1: float
    contains: float
    declined: float
    numeric: float | None = None
    """Whether the last number said is the right one; None: the question does not ask for one."""
    judge: float | None = None
    """1 to 5; None: not judged."""


class Tried(Record, tag="tried"):
    """One answer of one model."""

    question: str
    model_id: str
    context_bin: ContextBin
    temperature: float
    top_p: float
    prompt_tokens: int
    """All of the prompt; what the engine still knew of it is in ``cached_tokens``."""
    context_tokens: int
    """Of the blocks shown."""
    blocks: int
    cached_tokens: int
    prefill_ms: float
    """Of the tokens that were not cached, on the machine of the collection, which others used too."""
    decode_ms: float
    finish_reason: FinishReason
    scores: Scores
    logprobs: tuple[float, ...]
    """Per token of the answer: of the token drawn, nats."""
    margins: tuple[float, ...]
    """Per token: logprob of the likeliest token minus that of the next, nats."""
    entropies: tuple[float, ...]
    """Per token: of the whole distribution, nats."""
    overlap: float
    """Share of the answer's words that stand in the context blocks."""
    same_as: ContextBin | None = None
    """Copied from this smaller context, whose prompt is the same."""

    @property
    def completion_tokens(self) -> int:
        """Length of the answer."""
        return len(self.logprobs)

    @property
    def cell(self) -> Cell:
        """What was tried."""
        return self.question, self.model_id, self.context_bin, self.temperature


Line: TypeAlias = CollectionHeader | Asked | Tried


class Rows(Record):
    """A whole file, the later of two lines about the same thing."""

    collections: tuple[CollectionHeader, ...]
    asked: dict[str, Asked]
    tried: dict[Cell, Tried]
    """By :attr:`Tried.cell`."""


def lines(path: Path) -> Iterator[Line]:
    """Yield the records of a file, packed by gzip where its name ends so.

    A last line without its end, as a killed run leaves it, is passed over. Raises UsageError for any other line that
    cannot be read.
    """
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            try:
                yield msgspec.json.decode(line, type=Line)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{path}, line {number}: {error}: delete that line") from error


def gather(records: Iterable[Line]) -> Rows:
    """Sort records by what they are about."""
    collections: list[CollectionHeader] = []
    asked: dict[str, Asked] = {}
    tried: dict[Cell, Tried] = {}
    for record in records:
        if isinstance(record, CollectionHeader):
            collections.append(record)
        elif isinstance(record, Asked):
            asked[record.question] = record
        else:
            tried[record.cell] = record
    return Rows(collections=tuple(collections), asked=asked, tried=tried)


def read(path: Path) -> Rows:
    """Read a file of a collection. Raises UsageError for one that is none."""
    return gather(lines(path))

"""The file format of collected answers: one JSON line per record, with numbers and ids but no text.

Each run that adds to a file appends a :class:`CollectionHeader`, then an :class:`Asked` per question and a
:class:`Tried` per answer. Lines are only appended. A later line replaces an earlier one about the same thing, so
features can be recomputed without asking any model again.

A combination without a :class:`Tried` was not tried. A combination whose prompt equals that of a smaller context, token
for token, is copied from it, and ``same_as`` names that context.
"""

from __future__ import annotations

import gzip
import logging
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec
from msgspec.structs import replace

from ...errors import UsageError
from ...records import ContextBin, FinishReason, Record

log = logging.getLogger(__name__)

Cell: TypeAlias = tuple[str, str, ContextBin, float]
"""The key of one answer: question, model, context, temperature."""


class CollectionHeader(Record, tag="collection"):
    """The machine and settings that produced the lines below."""

    machine: dict[str, object]
    began: str
    """Start time, ISO-8601, UTC."""
    ladder: tuple[str, ...]
    """Model ids, smallest first, in the order of the router's outputs."""
    quants: dict[str, str]
    engine: str
    embedder: str
    n_threads: int
    context_tokens: dict[ContextBin, int]
    sets: dict[str, str]
    """Digest of each set's questions, by name of the set."""
    seed: int
    judge: str | None = None
    """Model that graded the answers; None: not graded."""
    way: str = "memory"
    """Search method: ``memory`` for the memory's own, otherwise a baseline."""


class Asked(Record, tag="asked"):
    """One question, with everything that is known before an answer is generated."""

    question: str
    """Set and question id, joined by a slash."""
    set: str
    kind: str
    hops: int
    answerable: bool
    numeric: bool
    """Whether the answer is the last number of the text, as in GSM8K."""
    raw: dict[str, float]
    """Raw values, by name, of :mod:`sanderling.router.features`; those of question and search only."""
    distances: tuple[float, ...]
    """Distances of the nearest nodes, nearest first."""
    weights: tuple[float, ...]
    """Attention weights of the nodes, heaviest first."""
    gold_ranks: tuple[int, ...]
    """Rank of each gold document among the retrieved ones, from 1; 0: not retrieved."""
    features_version: int
    retrieval_ms: float | None = None
    """Time for embedding, search and features on the collecting machine; None: not measured."""


class Scores(Record):
    """Scores of one answer, each between 0 and 1 unless noted; see :mod:`sanderling.bench_device.metrics.quality`."""

    em: float
    f1: float
    contains: float
    declined: float
    numeric: float | None = None
    """Whether the last number of the text is the right one; None: the question does not ask for a number."""
    judge: float | None = None
    """Grade from 1 to 5; None: not graded."""


class Tried(Record, tag="tried"):
    """One answer by one model."""

    question: str
    model_id: str
    context_bin: ContextBin
    temperature: float
    top_p: float
    prompt_tokens: int
    """Length of the whole prompt; ``cached_tokens`` of it were reused by the engine."""
    context_tokens: int
    """Length of the blocks in the prompt."""
    blocks: int
    cached_tokens: int
    prefill_ms: float
    """Prefill time of the tokens that were not cached, on the collecting machine, which was shared."""
    decode_ms: float
    finish_reason: FinishReason
    scores: Scores
    logprobs: tuple[float, ...]
    """Log-probability of each token of the answer, in nats."""
    margins: tuple[float, ...]
    """Log-probability of the likeliest token minus that of the second likeliest, per token, in nats."""
    entropies: tuple[float, ...]
    """Entropy of the distribution, per token, in nats."""
    overlap: float
    """Share of the answer's words that occur in the blocks."""
    same_as: ContextBin | None = None
    """Smaller context with the same prompt, from which this answer is copied; None: generated."""
    prompt_hash: str = ""
    """First 16 hex digits of the SHA-256 of the prompt's token ids; empty: not kept, as in older collections."""
    gold_packed: bool | None = None
    """Whether an accepted answer stands in the blocks; None: not told, as in older collections."""
    span: bool | None = None
    """Whether the whole answer stands in one block as one piece of text; None: not told."""
    span_top: bool | None = None
    """Whether it stands so in the first block; None: not told."""
    agreement: float | None = None
    """F1 of this answer with that of the next smaller context asked of the same model; None: the smallest."""
    repeats: bool | None = None
    """Whether the answer says only words of the question; None: not told."""

    @property
    def completion_tokens(self) -> int:
        """Return the length of the answer in tokens."""
        return len(self.logprobs)

    @property
    def cell(self) -> Cell:
        """Return the key of this answer."""
        return self.question, self.model_id, self.context_bin, self.temperature


Line: TypeAlias = CollectionHeader | Asked | Tried


class Rows(Record):
    """The parsed content of a file of collected answers.

    A later line replaces an earlier one with the same key.
    """

    collections: tuple[CollectionHeader, ...]
    asked: dict[str, Asked]
    tried: dict[Cell, Tried]
    """Answers by :attr:`Tried.cell`."""


def lines(path: Path) -> Iterator[Line]:
    """Yield the records of a file, which must be gzipped if its name ends in ``.gz``.

    An incomplete last line, as an interrupted run leaves it, is skipped. Raises UsageError for any other unreadable
    line, and for a file that cannot be read.
    """
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield msgspec.json.decode(line, type=Line)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise UsageError(f"{path}, line {number}: {error}: delete that line") from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"{path} cannot be read ({why}): name a file that  sanderling router collect  wrote"
        ) from error


FORMER_TOKENS = {"small": 256, "medium": 768, "large": 1536}
"""Context sizes of collections that were made while there were three."""
TOKENS: Mapping[ContextBin, int] = {"tiny": 96, "small": 160, "medium": 256, "large": 768}
"""Context sizes that such a collection is read with."""
FORMER: Mapping[str, ContextBin | None] = {"small": "medium", "medium": "large", "large": None}
"""Today's names of those sizes; None: no context has 1,536 tokens any more."""


def gather(records: Iterable[Line]) -> Rows:
    """Group records by kind and key.

    A later record replaces an earlier one with the same key. Answers of a collection with three contexts get today's
    names of their sizes, and the log says so once. Raises UsageError for a collection with any other number or other
    sizes.
    """
    collections: list[CollectionHeader] = []
    asked: dict[str, Asked] = {}
    tried: dict[Cell, Tried] = {}
    former = renamed = False
    for record in records:
        if isinstance(record, CollectionHeader):
            former = dict(record.context_tokens) == FORMER_TOKENS
            collections.append(replace(record, context_tokens=dict(TOKENS)) if former else _with_all_contexts(record))
        elif isinstance(record, Asked):
            asked[record.question] = record
        elif not former:
            tried[record.cell] = record
        elif (answer := _renamed(record)) is not None:
            tried[answer.cell] = answer
        renamed |= former
    if renamed:
        log.info("answers with 256 and 768 tokens count as medium and large, and those with 1,536 are left out")
    return Rows(collections=tuple(collections), asked=asked, tried=tried)


def _with_all_contexts(header: CollectionHeader) -> CollectionHeader:
    if header.context_tokens.keys() != TOKENS.keys():
        sizes = ", ".join(f"{name} {tokens}" for name, tokens in header.context_tokens.items())
        raise UsageError(f"these answers are of other contexts ({sizes}): run  sanderling router collect  again")
    return header


def _renamed(tried: Tried) -> Tried | None:
    """Return an answer of a former collection under today's name of its context; None if there is no such context."""
    now = FORMER[tried.context_bin]
    return None if now is None else replace(tried, context_bin=now, same_as=tried.same_as and FORMER[tried.same_as])


def read(path: Path) -> Rows:
    """Read a file of collected answers. Raises UsageError for any other file, and for one without a line."""
    found = gather(lines(path))
    if not (found.collections or found.asked or found.tried):
        raise UsageError(f"{path} holds no answers: name a file that  sanderling router collect  wrote")
    return found

"""One kept turn of a conversation, with the notes it was based on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

from msgspec.structs import replace

from ..listing import Listing
from ..records import Answer, FinishReason, Record, SourceNote
from ..text.passage import passage


class KeptSource(Record):
    """A note used for an answer, and the note's sentence that supports the answer."""

    key: int
    node_id: str
    title: str
    uri: str
    position: int
    score: float
    passage: tuple[int, int] | None = None
    """Start and end of the sentence in the note; None if the note shares no word with the answer."""
    sentence: str = ""


class KeptList(Record):
    """The page of a list that a turn showed; the question "more" asks for the next page."""

    kind: Literal["count", "list"]
    question: str
    """The question that asked for the list, even if the turn itself only said "more"."""
    total: int
    start: int
    next: int | None
    """Number of the first note on the next page; None on the last page."""


class KeptTurn(Record, omit_defaults=True):
    """A question with its answer, as kept."""

    question: str
    answer: str
    request_id: str
    asked_at: str
    """ISO-8601, UTC."""
    model_id: str = ""
    """Id of the model; empty if the answer was counted in the memory."""
    finish_reason: FinishReason = "stop"
    sources: tuple[KeptSource, ...] = ()
    """Sources of the answer, except those since changed or forgotten."""
    listing: KeptList | None = None
    forgotten: bool = False
    """Whether the answer was erased because one of its notes was forgotten."""


class KeptConversation(Record):
    """Summary of one conversation, for a list of conversations."""

    id: str
    title: str
    """The first question."""
    memory: str
    """Path of the memory that the conversation is about."""
    begun_at: str
    """ISO-8601, UTC."""
    used_at: str
    """Time of the last turn, ISO-8601, UTC."""
    turns: int


def kept_turn(question: str, answer: Answer, asked_before: str, next_listed: int | None) -> KeptTurn:
    """Return ``answer`` as a turn. ``asked_before``, ``next_listed``: fields of the history, this turn included."""
    listing = None
    if isinstance(answer, Listing):
        listing = KeptList(
            kind=answer.kind, question=asked_before, total=answer.total, start=answer.start, next=next_listed
        )
    return KeptTurn(
        question=question,
        answer=answer.text,
        request_id=answer.request_id,
        asked_at=now(),
        model_id=answer.route.model_id,
        finish_reason=answer.finish_reason,
        sources=tuple(_source(answer.text if listing is None else "", source) for source in answer.sources),
        listing=listing,
    )


def struck(turn: KeptTurn, lost: Mapping[tuple[int, str], bool]) -> KeptTurn:
    """Return ``turn`` without the sources ``lost``.

    ``lost``: by key and id of a note, whether its whole document is gone; the answer, which may quote it, goes with it.
    """
    left = tuple(each for each in turn.sources if (each.key, each.node_id) not in lost)
    if not any(lost.values()):
        return replace(turn, sources=left)
    return replace(turn, sources=left, answer="", forgotten=True)


def now() -> str:
    """Return the current time in ISO-8601, UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _source(answer: str, source: SourceNote) -> KeptSource:
    found = passage(answer, source.text)
    return KeptSource(
        key=source.key,
        node_id=source.node_id,
        title=source.title,
        uri=source.uri,
        position=source.position,
        score=source.score,
        passage=found,
        sentence="" if found is None else source.text[slice(*found)],
    )

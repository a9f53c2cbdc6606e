"""Encodes the history of a conversation as bytes, so that another process can resume it exactly.

Token ids hold for one model file and the router's state for one router; where these are others now, the words go on
without them. A state that cannot be read, or that rested on notes which are gone, is made anew from the turns' words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from ..records import Message, Record
from ..request.history import History
from .turn import KeptTurn


class _Hidden(Record):
    data: bytes
    shape: tuple[int, ...]


class _State(Record):
    messages: list[Message]
    generated: dict[int, tuple[int, ...]]
    shared_tokens: int
    block_ends: tuple[int, ...]
    model_id: str
    model_file: str
    last_question: str
    names: tuple[str, ...]
    said: tuple[str, ...]
    next_listed: int | None
    turns: int
    held_tokens: int
    router: str
    hidden: _Hidden | None
    first_question: str = ""


class Makers(Record):
    """The router and model file for which an encoded history is valid."""

    router: str
    """Id of the router."""
    model_file: Callable[[str], str]
    """Function that returns a fingerprint of a model's file, or an empty text if the model is absent."""


def state_of(history: History, makers: Makers) -> bytes:
    """Return all of ``history`` as bytes."""
    hidden = history.hidden
    state = _State(
        messages=history.messages,
        generated=history.generated,
        shared_tokens=history.shared_tokens,
        block_ends=history.block_ends,
        model_id=history.model_id,
        model_file=makers.model_file(history.model_id),
        last_question=history.last_question,
        names=history.names,
        said=history.said,
        next_listed=history.next_listed,
        turns=history.turns,
        held_tokens=history.held_tokens,
        router=makers.router,
        hidden=None if hidden is None else _Hidden(data=hidden.astype("<f4").tobytes(), shape=hidden.shape),
        first_question=history.first_question,
    )
    return msgspec.msgpack.encode(state)


_decoded = msgspec.msgpack.Decoder(_State).decode


def history_of(data: bytes, makers: Makers) -> History | None:
    """Return the history encoded in ``data``, or None if ``data`` cannot be read."""
    try:
        state = _decoded(data)
        hidden = state.hidden
        restored = None if hidden is None else np.frombuffer(hidden.data, "<f4").reshape(hidden.shape).astype("f4")
    except (msgspec.MsgspecError, TypeError, ValueError):
        return None
    if not state.messages or state.messages[0].role != "system" or len(state.messages) % 2 == 0:
        return None
    history = History(
        messages=state.messages,
        last_question=state.last_question,
        names=state.names,
        said=state.said,
        next_listed=state.next_listed,
        turns=state.turns,
        hidden=restored if state.router == makers.router else None,
        first_question=state.first_question,
    )
    if state.model_file and state.model_file == makers.model_file(state.model_id):
        history.generated, history.model_id = state.generated, state.model_id
        history.shared_tokens, history.block_ends = state.shared_tokens, state.block_ends
        history.held_tokens = state.held_tokens
    return history


def history_from(turns: Sequence[KeptTurn]) -> History:
    """Return a history with the words of ``turns``, but without their notes."""
    history = History()
    for turn in turns:
        if turn.listing is not None:
            history.remember(turn.listing.question, "")
            history.next_listed = turn.listing.next
        elif turn.answer:
            history.hear(turn.question, turn.answer)
    return history

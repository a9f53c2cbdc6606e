"""Packs the message for a model on another machine, without that model's tokenizer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..records import Block, BlockHead, Dropped, Message, Node, RetrievalResult
from ..request.request import Request
from .prompt import blocks, question_message


def pack_parcel(
    request: Request,
    found: RetrievalResult,
    nodes: Mapping[int, Node],
    head: BlockHead,
    tokens: int,
    bytes_per_token: float,
) -> tuple[Message, tuple[Block, ...], Dropped]:
    """Return the user's turn, the turn's blocks, and the number of notes that did not fit.

    They are for a context of ``tokens`` tokens.

    ``bytes_per_token``: of the server's tokenizer, as far as it is known. ``head``: how each block begins.
    """

    def count(texts: Sequence[str]) -> list[int]:
        return [math.ceil(len(text.encode()) / bytes_per_token) for text in texts]

    kept, dropped = blocks(request.query, found.attended, nodes, tokens, count, head)
    return question_message(request.query, kept), kept, dropped

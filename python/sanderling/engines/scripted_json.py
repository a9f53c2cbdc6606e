"""Fits the scripted engine's text to a JSON schema."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .grammar import Grammar

_QUOTE, _BACKSLASH = b'"\\'
_CLOSING = b'"}]'
"""Bytes that close an open value, in order of preference.

They are preferred when the text is finished or not allowed to continue. Within a string only the first closes.
"""
_SHORT = b"0tfn"
"""Bytes that begin a short value. They are preferred after the closing ones."""


def following(grammar: Grammar, said: bytes, end: int, n_vocab: int) -> Iterator[int]:
    """Yield bytes that follow a schema and contain as much of ``said`` as allowed.

    The bytes of ``said`` keep their order. Where the next byte of ``said`` is not allowed, another comes between. If
    ``said`` is no JSON itself, what can only come so, such as the name of a property, is no part of it. ``end``: id of
    the end token, which is not yielded.
    """
    outside, within = _ranks(n_vocab, _CLOSING), _ranks(n_vocab, _CLOSING[:1])
    in_string = escaped = False
    at, whole = 0, _is_json(said)
    while not grammar.ended:
        ranks, closing = (within, _CLOSING[:1]) if in_string else (outside, _CLOSING)
        wishes = ranks.copy()
        if at < len(said):
            wishes[said[at]] = 0.0
        else:
            wishes[end] = 0.0
        row = grammar.restrict(wishes)
        token = int(row.argmax())
        if token == end:
            return
        if at < len(said) and token == said[at] and (whole or np.isfinite(row).sum() > 1):
            at += 1
        elif token not in closing:
            ranks[token] -= n_vocab  # a pattern may want any byte, so each has its turn
        in_string ^= token == _QUOTE and not escaped
        escaped = token == _BACKSLASH and in_string and not escaped
        grammar.take(token)
        yield token


def _ranks(n_vocab: int, closing: bytes) -> NDArray[np.float32]:
    """Return the preference for each byte. Those of ``closing`` come first, then those that begin a short value."""
    ranks = -1000.0 - np.arange(n_vocab, dtype=np.float32)
    ranks[list(_SHORT)] = -200.0 - np.arange(len(_SHORT), dtype=np.float32)
    ranks[list(closing)] = -100.0 - np.arange(len(closing), dtype=np.float32)
    return ranks


def _is_json(said: bytes) -> bool:
    try:
        json.loads(said)
    except ValueError:
        return False
    return True

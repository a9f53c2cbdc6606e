"""Restricts sampling so that the text follows a JSON schema."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from . import json_schema
from .spelling import Spelling

MOST_KNOWN = 8
"""Maximum number of compiled schemas kept. Clients of a service use the same few repeatedly."""


class Grammar:
    """Progress of one text through the grammar of a schema."""

    def __init__(self, matcher: Any, n_vocab: int, spelling: Spelling) -> None:
        """Begin with an empty text.

        ``matcher``: an ``LLMatcher``, which this object may change. ``spelling``: of the vocabulary.
        """
        self._matcher, self._n_vocab, self._spelling = matcher, n_vocab, spelling
        self._refuse_error()

    @property
    def ended(self) -> bool:
        """Whether the text is complete, so that nothing may follow."""
        return bool(self._matcher.is_stopped())

    def restrict(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return ``logits`` with -inf for each token that may not come next.

        The result is a copy, shape (n_vocab,). Raises EngineError if the schema is too complex at this place of the
        text, or if the vocabulary has no token with which it could go on.
        """
        bits = np.frombuffer(self._matcher.compute_bitmask(), np.uint8)
        self._refuse_error()
        allowed = np.unpackbits(bits, count=self._n_vocab, bitorder="little")
        if not allowed.any():
            raise EngineError("this model has no token with which a text could go on as the JSON schema wants it")
        return np.where(allowed, logits, np.float32(-np.inf))

    def take(self, token: int) -> None:
        """Extend the text by a token that :meth:`restrict` allowed."""
        self._matcher.consume_token(token)
        self._refuse_error()

    def _refuse_error(self) -> None:
        if self._spelling.missing:
            text, self._spelling.missing = self._spelling.missing, ""
            raise EngineError(f"this model has no tokens for a text that the JSON schema wants: {text[:80]!r}")
        if self._matcher.is_error():
            reason = self._matcher.get_error().splitlines()[0]
            raise EngineError(f"this JSON schema is too complex ({reason}): simplify it")


class Grammars:
    """The compiled grammars of one model. The vocabulary is read when the first grammar is requested."""

    def __init__(self, pieces: Callable[[], tuple[list[bytes], list[int]]], tokenize: Callable[[str], list[int]]):
        """``pieces``: returns the bytes of each token and the ids of the end tokens.

        ``tokenize``: returns the ids of a text.
        """
        self._pieces, self._tokenize = pieces, tokenize
        self._tokenizer: Any = None
        self._n_vocab, self._spelling = 0, Spelling([b" "], lambda text: [])
        self._known: OrderedDict[str, Any] = OrderedDict()

    def grammar(self, schema: str) -> Grammar:
        """Return a grammar for ``schema``. ``schema``: as :func:`~sanderling.engines.json_schema.checked` writes it."""
        if self._tokenizer is None:
            pieces, ends = self._pieces()
            self._n_vocab, self._spelling = len(pieces), Spelling(pieces, self._tokenize)
            self._tokenizer = json_schema.tokenizer(pieces, ends, self._spelling)
            self._spelling.missing = ""  # the library tries a word of its own
        if schema not in self._known:
            self._known[schema] = json_schema.matcher(self._tokenizer, schema)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        self._known.move_to_end(schema)
        return Grammar(self._known[schema].deep_copy(), self._n_vocab, self._spelling)

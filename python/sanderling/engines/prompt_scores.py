"""Computes the probability of each token of a prompt.

Each batch is computed with logits for every token. A saved state holds no logits, so nothing of such a prompt is
reused. Batches are short, because the logits of a batch take its length times the vocabulary: 64 times 151,936 (Qwen)
are 39 MB.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..errors import EngineError
from .batch import decode
from .llama_api import LlamaApi
from .protocol import Scored
from .top_logprobs import Likely, likeliest

BATCH_TOKENS = 64


class PromptScores:
    """Predictions for each token of a prompt. They are read while the prompt is computed."""

    def __init__(self, api: LlamaApi, context: int, n_vocab: int, top: int) -> None:
        """``context``: llama.cpp's pointer to an empty context. ``top``: number of likeliest tokens to report."""
        self._api, self._context, self._n_vocab, self._top = api, context, n_vocab, top
        self._found: list[Likely] = []
        self.last = np.empty(0, np.float32)
        """Logits after the last computed token, shape (n_vocab,)."""

    def compute(self, ids: Sequence[int], n_batch: int, cancelled: Callable[[], bool]) -> bool:
        """Compute the whole prompt; return False if cancelled.

        Raises EngineError if llama.cpp fails, FloatingPointError if it computes no numbers.
        """
        size = min(BATCH_TOKENS, n_batch)
        for start in range(0, len(ids), size):
            if cancelled():
                return False
            part = ids[start : start + size]
            self._decode(part)
            for at, token in enumerate(ids[start + 1 : start + 1 + len(part)]):
                self._found.append(likeliest(self._row(at), token, self._top))
            self.last = self._row(len(part) - 1).copy()
        return True

    def scored(self) -> Scored:
        """Return the predictions for each token of the prompt but the first."""
        return Scored(
            ids=tuple(tuple(id for id, _ in each.top) for each in self._found),
            logprobs=tuple(tuple(logprob for _, logprob in each.top) for each in self._found),
            answer_logprobs=tuple(each.logprob for each in self._found),
            likeliest=tuple(each.top[0][0] if each.top else -1 for each in self._found),
        )

    def _decode(self, ids: Sequence[int]) -> None:
        status = decode(self._api, self._context, ids, "all")
        if status != 0:
            raise EngineError(
                f"llama.cpp could not compute {len(ids)} tokens (status {status}: {self._api.complaint()}); try again"
            )

    def _row(self, at: int) -> NDArray[np.float32]:
        """Return the logits after token ``at`` of the last batch. They are a view that the next batch overwrites."""
        address = self._api.llama_get_logits_ith(self._context, at)
        return np.ctypeslib.as_array((ctypes.c_float * self._n_vocab).from_address(address))

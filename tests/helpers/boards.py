"""Boards and tables of a few questions, whose answers are known by construction."""

from __future__ import annotations

import numpy as np

from sanderling.bench_device.policies.board import Board
from sanderling.router.features import INDEX, SIZE

DRAFT = {name: INDEX[f"draft_{name}"] for name in ("overlap", "not_found", "tokens", "mean_logprob")}


def board(
    quality: np.ndarray, latency_ms: np.ndarray, *, borne_out: np.ndarray | None = None, price_per_ms: float = 1e-5
) -> Board:
    """Return a board of ``quality`` and ``latency_ms``, both [n, 4, 4], NaN where not tried.

    ``borne_out``: which drafts are borne out by their context, [n, 4, 4]; None: all are.
    """
    n = len(quality)
    second = np.zeros((*quality.shape, SIZE), dtype=np.float32)
    second[..., DRAFT["overlap"]] = 1.0 if borne_out is None else np.where(borne_out, 1.0, 0.5)
    second[..., DRAFT["tokens"]] = 0.1
    second[np.isnan(quality)] = np.nan
    return Board(
        first=np.zeros((n, SIZE), dtype=np.float32),
        second=second,
        quality=quality,
        expected=quality,
        latency_ms=latency_ms,
        price=price_per_ms * latency_ms,
        tokens=latency_ms,
        em=quality,
        f1=quality,
        question=np.arange(n),
        scenario=np.zeros(n, dtype=np.int64),
        rest_ms=np.zeros(n),
        budget_ms=np.full(n, np.nan),
        y_temperature=np.zeros(n),
        y_top_p=np.ones(n),
        quoted=np.full(n, np.nan),
    )


def empty(n: int) -> np.ndarray:
    """Return qualities or latencies of n questions, [n, 4, 4], of which nothing is known."""
    return np.full((n, 4, 4), np.nan)

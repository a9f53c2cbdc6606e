"""Rows as the runtime makes them, from plain parts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from sanderling.constraints import Constraints
from sanderling.records import AttentionResult, MemoryUse, Route, SearchStats, Timings, TokenCounts
from sanderling.telemetry.row import Row, Versions

MakeRow = Callable[..., Row]


@pytest.fixture
def make_row() -> MakeRow:
    def _make(
        request_id: str = "r1",
        *,
        model_id: str = "lfm2-350m",
        escalated_from: str = "",
        total: float = 400.0,
        **changes: object,
    ) -> Row:
        parts: dict[str, object] = {
            "request_id": request_id,
            "user_id": "0" * 64,
            "query": "Who repaired the pump?",
            "constraints": Constraints(budget_ms=500.0),
            "features": np.array([0.25, 1.0, -3.5], dtype=np.float32),
            "route": Route(
                model_id=model_id,
                context_bin="small",
                context_tokens=256,
                temperature=0.3,
                top_p=0.9,
                escalate=0.1,
                router="rule",
                reason="fits the budget",
                predicted_ms=390.0,
                escalated_from=escalated_from,
            ),
            "stats": SearchStats(k=64, mean_distance=0.61, std_distance=0.07, min_distance=0.4, max_distance=0.8),
            "attended": AttentionResult(
                keys=np.array([1, 2], dtype=np.uint64),
                weights=np.array([0.5, 0.5], dtype=np.float32),
                prior_weights=np.array([0.5, 0.5], dtype=np.float32),
                entropy=0.69,
                depth_touched=1,
            ),
            "nodes_used": 2,
            "timings": Timings(total=total, embed=5, retrieval=2, router=0.1, context=1, llm=total / 2, ttft=90),
            "tokens": TokenCounts(prompt=300, cached=20, completion=40),
            "memory": MemoryUse(rss_bytes=1, model_bytes=2),
            "versions": Versions(package="0.1.0", features=1, engine="scripted", embedder="minilm"),
            "timestamp": "2026-11-23T12:00:00.000+00:00",
        }
        return Row.from_request(**(parts | changes))

    return _make

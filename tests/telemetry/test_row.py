from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from sanderling.telemetry.row import Quality, Row

# Section 5 of the design, in its order, and the fields this package adds: wait, load, constraints, versions.
SCHEMA = {
    "request_id": None,
    "timestamp": None,
    "user_id": None,
    "query": None,
    "router_features": None,
    "router_decision": [
        "model_id", "context_size", "temperature", "top_p", "propensity", "escalated", "context_bin", "drafted_by",
        "plan", "max_docs", "drafted_bin",
    ],
    "retrieval_stats": [
        "k", "mean_distance", "std_distance", "min", "max", "entropy_attention", "depth_touched", "nodes_used",
    ],
    "latency_ms": [
        "total", "embed", "retrieval", "router", "cache", "context", "wait", "load", "llm", "ttft", "writeback",
        "quote",
    ],
    "tokens": ["prompt", "cached", "completion"],
    "memory": ["rss_bytes", "model_bytes"],
    "quality": ["label", "score", "judge_model"],
    "constraints": [
        "budget_ms", "privacy", "max_tokens", "context_bin", "temperature", "cache",
        "model_id", "top_p", "seed", "stop",
    ],
    "versions": ["package", "features", "prompt", "router", "engine", "embedder"],
    "filter": None,
    "arms": None,
    "cached": None,
    "error": None,
    "verdict": None,
    "declined": None,
    "sources": None,
    "experiment": None,
    "tier": None,
    "departures": None,
}  # fmt: skip


def test_the_row_has_exactly_the_fields_of_the_design(make_row) -> None:
    row = json.loads(msgspec.json.encode(make_row()))
    assert {name: list(value) if isinstance(value, dict) else None for name, value in row.items()} == SCHEMA
    assert list(row) == list(SCHEMA)


def test_a_row_from_before_filters_and_arms_is_read(make_row) -> None:
    fields = json.loads(msgspec.json.encode(make_row()))
    del fields["filter"], fields["arms"], fields["router_decision"]["context_bin"]
    read = msgspec.convert(fields, type=type(make_row()))
    assert read.router_decision.context_bin is None
    assert (read.arms, read.filter) == ((), None)


def test_parts_arrive_where_they_belong(make_row) -> None:
    row = make_row()
    assert row.router_features == (0.25, 1.0, -3.5)
    assert (row.router_decision.context_size, row.router_decision.escalated) == (256, False)
    assert (row.retrieval_stats.min, row.retrieval_stats.max, row.retrieval_stats.nodes_used) == (0.4, 0.8, 2)
    assert (row.retrieval_stats.entropy_attention, row.retrieval_stats.depth_touched) == (0.69, 1)
    assert row.versions.router == "rule"
    assert row.quality == Quality()


def test_a_second_try_is_marked(make_row) -> None:
    assert make_row(escalated_from="lfm2-350m").router_decision.escalated


def test_words_can_be_kept_out(make_row) -> None:
    row = make_row(log_query_text=False)
    assert row.query == ""
    assert b"pump" not in msgspec.json.encode(row)


def test_the_timestamp_is_now_in_utc_unless_given(make_row) -> None:
    moment = datetime.fromisoformat(make_row(timestamp=None).timestamp)
    assert moment.tzinfo == UTC
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_feature_that_is_not_a_number_is_named(make_row, value: float) -> None:
    with pytest.raises(ValueError, match=r"not so at index \[1\]"):
        make_row(features=[0.0, value])


def test_rows_survive_json(make_row) -> None:
    row = make_row(features=np.linspace(-1, 1, 64, dtype=np.float32))
    assert msgspec.json.decode(msgspec.json.encode(row), type=Row) == row

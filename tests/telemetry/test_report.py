from __future__ import annotations

import pytest

from sanderling.telemetry.report import Summary, summarise


def test_nothing_to_report() -> None:
    assert summarise([]) == Summary(count=0, median_total_ms=0.0, share_llm=0.0, escalated=0, cached=0, routes={})


def test_counts_shares_and_routes(make_row) -> None:
    rows = [
        make_row("r1", total=100.0),
        make_row("r2", total=300.0, model_id="lfm2-1.2b", escalated_from="lfm2-350m"),
        make_row("r3", total=200.0, model_id="lfm2-1.2b"),
        make_row("r4", total=200.0, model_id="lfm2-1.2b", escalated_from="lfm2-350m", cached=True),
    ]
    summary = summarise(iter(rows))
    assert (summary.count, summary.median_total_ms, summary.escalated, summary.cached) == (4, 200.0, 1, 1)
    assert summary.share_llm == pytest.approx(0.5)  # the rows are made with half of their time in the model
    assert list(summary.routes.items()) == [("lfm2-1.2b", 3), ("lfm2-350m", 1)]

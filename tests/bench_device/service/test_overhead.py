from __future__ import annotations

from sanderling.bench_device.service.overhead import measure


def test_few_questions_and_streams_are_timed() -> None:
    report = measure(requests=6, per_second=50, streams=2)
    assert (len(report.added_ms), len(report.runtime_ms), len(report.first_byte_ms)) == (6, 6, 2)
    assert min(report.added_ms) > 0
    assert min(report.runtime_ms) > 0
    assert report.added.p50 > 0
    assert report.added.p99 is None

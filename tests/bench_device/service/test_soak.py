from __future__ import annotations

import pytest

from sanderling.bench_device.service import soak as module
from sanderling.bench_device.service.soak import soak


def test_all_kinds_of_requests_are_sent_and_the_process_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARM_UP", 20)
    monkeypatch.setattr(module, "READINGS", 2)
    report = soak(40)
    assert [reading.requests for reading in report.readings] == [20, 40, 60]
    assert report.outcomes == {"answer 200": 36, "left": 3, "refused 400": 3, "search 200": 6, "stream 200": 12}
    assert abs(report.growth) < 1
    assert abs(report.more_descriptors) < 10

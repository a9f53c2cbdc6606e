from __future__ import annotations

import httpx2

from sanderling.device.last_benchmark import BenchedModel, LastBenchmark, keep


def test_the_last_benchmark_is_told_once_there_is_one(http: httpx2.Client) -> None:
    assert http.get("/v1/bench").json() == {"report": None}
    keep(LastBenchmark(started="2026-11-28T10:00:00+00:00", cpu="Test CPU", models=(BenchedModel(label="small"),)))
    told = http.get("/v1/bench").json()["report"]
    assert (told["cpu"], told["models"][0]["label"], told["models"][0]["decode_per_s"]) == ("Test CPU", "small", None)

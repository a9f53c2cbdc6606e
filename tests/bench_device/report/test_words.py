from __future__ import annotations

import pytest

from sanderling.bench_device.report.words import duration, moment, title, words


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0 ms"),
        (0.35, "350 ms"),
        (1.0, "1.0 s"),
        (12.3, "12 s"),
        (59.6, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3785, "1 h 3 min"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("ram_total_bytes", 3 << 29, "1.50 GiB"),
        ("model_bytes", 219_000_000, "208.85 MiB"),
        ("max_mhz", 600, "600 MHz"),
        ("load_ms", 1500.0, "1.5 s"),
        ("quick", True, "yes"),
        ("quick", False, "no"),
        ("requests", None, ""),
        ("threads", (), ""),
        ("threads", (1, 2, 4), "1, 2, 4"),
        ("n_ctx", 4096, "4,096"),
        ("temperature", 0.3, "0.3"),
        ("cores", [{"kind": "big", "count": 2, "name": None, "max_mhz": None}], "2 x big core"),
        ("limits", {"rss_bytes": 1 << 20, "gpu": None}, "rss 1.00 MiB"),
    ],
)
def test_values(name: str, value: object, said: str) -> None:
    assert words(name, value) == said


def test_names_and_times() -> None:
    assert [title(name) for name in ("ram_total_bytes", "device_class", "load_ms")] == ["RAM", "device class", "load"]
    assert moment("2026-11-03T09:05:00+00:00") == "3 November 2026, 09:05 UTC"
    assert moment("yesterday") == "yesterday"

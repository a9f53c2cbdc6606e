"""The bench of one forward: what it times, and that it times the right function."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from sanderling.bench_device import router_forward


def test_every_way_that_is_installed_is_timed() -> None:
    report = router_forward.measure(router_forward.drawn(8), passes=6)
    ways = [timed.way for timed in report.timed]
    assert ways[:3] == [router_forward.RUST, router_forward.PYTHON, router_forward.READ]
    assert (router_forward.ONNX in ways) == (not report.left_out)
    assert all(
        len(timed.samples_us) == 6 and timed.low_us <= timed.median_us <= timed.high_us for timed in report.timed
    )
    assert f"| {router_forward.RUST} |" in report.to_markdown()


def test_without_the_extra_onnxruntime_is_left_out_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    report = router_forward.measure(router_forward.drawn(8), passes=6)
    assert "sanderling[export]" in report.left_out
    assert report.left_out in report.to_markdown()


def test_times_of_another_function_are_refused() -> None:
    with pytest.raises(ValueError, match=r"strays by 1\.0e"):
        router_forward._must_agree("x", np.ones((1, 1), dtype=np.float32), np.zeros((1, 1)))
    with pytest.raises(ValueError, match="too few"):
        router_forward.measure(router_forward.drawn(8), passes=5)

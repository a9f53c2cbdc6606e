from __future__ import annotations

import pytest

from sanderling.router.verifier.gains import SMALL_MODEL, Gain, Gains

MEASURED = Gain(
    model_id="s", context_bin="tiny", to_model_id="s", to_context_bin="small", at_zero=0.5, at_one=-0.5, questions=9
)


def test_a_gain_is_a_line_over_the_confidence() -> None:
    assert MEASURED.expected(0.0) == 0.5
    assert MEASURED.expected(1.0) == -0.5
    assert MEASURED.expected(0.5) == pytest.approx(0.0)


def test_a_measured_gain_replaces_the_default() -> None:
    gains = Gains([MEASURED])
    assert gains.of("s", "tiny", "s", "small", 10**9) == MEASURED
    assert gains.of("s", "tiny", "s", "medium", 10**9).at_zero == Gains().of("s", "tiny", "s", "medium", 10**9).at_zero


def test_by_default_small_contexts_grow_and_only_small_models_give_way_to_larger_ones() -> None:
    gains = Gains()
    assert gains.of("s", "tiny", "s", "small", 10**9).at_zero > gains.of("s", "medium", "s", "large", 10**9).at_zero > 0
    assert gains.of("s", "tiny", "b", "tiny", SMALL_MODEL).at_zero > 0
    assert gains.of("s", "tiny", "b", "tiny", SMALL_MODEL + 1).at_zero == 0
    assert gains.of("s", "tiny", "b", "tiny", 0).at_zero == 0
    assert gains.of("s", "tiny", "far", "tiny", 10**9, remote=True).at_zero > 0
    assert all(gains.of("s", "tiny", to, "small", 10**9).at_one < 0 for to in ("s", "b"))

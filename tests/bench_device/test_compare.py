from __future__ import annotations

import pytest
from bench_runs import MACHINE, request, row, run
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sanderling.bench_device.compare import compare
from sanderling.bench_device.matrix.shape import Shape
from sanderling.bench_device.metrics.bootstrap import ratio, took_turns
from sanderling.errors import UsageError

NOISE = (100.0, 140.0, 80.0, 120.0, 60.0)
"""What disturbed both runs at the same time."""


def faster(values: tuple[float, ...], by: float) -> tuple[float, ...]:
    return tuple(value * by for value in values)


def test_the_ratio_of_medians_ignores_an_outlier() -> None:
    a, b = [100.0] * 9 + [10_000.0], [50.0] * 9 + [5_000.0]
    found = ratio(a, b, paired=True, seed=0, of="median")
    assert (found.ratio, found.low, found.high) == (0.5, 0.5, 0.5)
    assert ratio(a, [50.0] * 10, paired=True, seed=0, of="median").ratio == 0.5
    assert ratio(a, [50.0] * 10, paired=True, seed=0).ratio < 0.1


def test_pairs_cancel_what_moved_both() -> None:
    paired = ratio(NOISE, faster(NOISE, 1.1), paired=True, seed=0)
    alone = ratio(NOISE, faster(NOISE, 1.1), paired=False, seed=0)
    assert (paired.ratio, paired.low, paired.high) == (pytest.approx(1.1),) * 3
    assert paired.differs
    assert alone.ratio == pytest.approx(1.1) and alone.low < 0.9 and alone.high > 1.3
    assert not alone.differs
    assert (alone.paired, alone.n) == (False, (5, 5))


def test_a_bootstrap_repeats_by_its_seed() -> None:
    a, b = NOISE, (101.0, 137.0, 83.0, 113.0, 61.0, 97.0)
    assert ratio(a, b, paired=False, seed=1) == ratio(a, b, paired=False, seed=1)
    assert ratio(a, b, paired=False, seed=1) != ratio(a, b, paired=False, seed=2)


def test_few_values_prove_nothing() -> None:
    assert not ratio((1.0, 1.1), (2.0, 2.1), paired=False, seed=0).differs
    assert ratio((1.0, 1.1) * 3, (2.0, 2.1) * 3, paired=False, seed=0).differs


def test_what_is_no_ratio_is_refused() -> None:
    for a, b in (((), (1.0,)), ((1.0,), ()), ((0.0,), (1.0,))):
        with pytest.raises(ValueError, match="positive values"):
            ratio(a, b, paired=False, seed=0)
    with pytest.raises(ValueError, match="no pairs"):
        ratio((1.0, 2.0), (1.0,), paired=True, seed=0)


@given(st.lists(st.floats(1.0, 100.0), min_size=1, max_size=12), st.booleans())
def test_the_interval_holds_what_can_be_drawn(values: list[float], paired: bool) -> None:
    found = ratio(values, values, paired=paired, seed=3)
    spread = max(values) / min(values)
    # Means of resamples lie between the extremes; a rounding error of a sum of 12 floats is below 1e-12 of it.
    assert 1 / spread - 1e-9 <= found.low <= found.high <= spread + 1e-9
    assert found.ratio == pytest.approx(1.0)


def test_turns() -> None:
    assert took_turns([0, 2, 4], [1, 3, 5])
    assert took_turns([1, 3, 5], [0, 2, 4])
    assert not took_turns([0, 1, 2], [3, 4, 5])
    assert not took_turns([0, 2], [1, 3, 5])
    assert not took_turns([], [])
    assert not took_turns([0, 2], [0, 2])


def test_runs_after_each_other_are_compared_independently() -> None:
    before, after = run(requests=()), run(rows=(row(faster(NOISE, 1.1), began_s=500.0),), requests=())
    found = compare(before, after)
    (line,) = found.lines
    assert (line.what, line.unit, line.b_over_a.paired) == ("lfm2-350m Q4_0 pp512, 2 threads", "t/s", False)
    assert line.b_over_a.ratio == pytest.approx(1.1)
    assert found.only_a == ("lfm2-350m Q4_0 tg128, 2 threads",)
    assert "| independently | 5, 5 | VALID |" in found.to_markdown()
    assert "Only in A: lfm2-350m Q4_0 tg128" in found.to_markdown()


def test_runs_in_turn_are_compared_in_pairs() -> None:
    found = compare(run(rows=(row(NOISE),)), run(rows=(row(faster(NOISE, 1.1), began_s=5.0),)))
    assert found.lines[0].b_over_a.paired
    assert found.lines[0].b_over_a.differs
    assert "1.100 * | [1.100, 1.100] | in pairs | 5, 5 |" in found.to_markdown()


def test_questions_are_paired_with_themselves() -> None:
    a = tuple(request(100.0 * (i + 1), i) for i in range(5))
    b = tuple(request(200.0 * (i + 1), i) for i in reversed(range(1, 6)))  # others, and in another order
    found = compare(run(rows=(), requests=a), run(rows=(), requests=b))
    (line,) = found.lines
    assert (line.unit, line.b_over_a.paired, line.b_over_a.n) == ("ms", True, (4, 4))
    assert line.b_over_a.ratio == pytest.approx(2.0)


def test_failed_questions_are_not_compared() -> None:
    a = run(rows=(), requests=(request(number=0), request(number=1, error="x")))
    assert compare(a, a).lines[0].b_over_a.n == (1, 1)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (run(machine={**MACHINE, "cpu": "Other"}), "cpu Test CPU / Other"),
        (run(rows=(row(load={**row().load, "n_ctx": 8192}),)), "n_ctx 4096 / 8192"),
        (run(rows=(row(load={**row().load, "kv_type": "q8_0"}),)), "kv_type None / q8_0"),
        (run(rows=(row(engine="xllamacpp 1"),)), "engine llama_cpp 0.3.36 / xllamacpp 1"),
        (run(rows=(row(model_size=5),)), "model_size 219000000 / 5"),
        (run(settings=replace(run().settings, max_tokens=8)), "max_tokens 64 / 8"),
    ],
)
def test_other_settings_are_refused_and_shown_on_request(other, words: str) -> None:
    with pytest.raises(UsageError, match="set up otherwise") as refusal:
        compare(run(), other)
    assert words in str(refusal.value)
    found = compare(run(), other, anyway=True)
    assert any(words in each for each in found.differences)
    assert f"{words}\n" in found.to_markdown()


def test_versions_and_commits_are_what_one_compares() -> None:
    newer = run(machine={**MACHINE, "commit": "def"}, rows=(row(engine="llama_cpp 0.3.40"),))
    found = compare(run(), newer)
    assert found.differences == ()
    assert (found.a[:3], found.b[:3]) == ("abc", "def")


def test_runs_without_a_common_row_are_refused() -> None:
    with pytest.raises(UsageError, match="no row in common"):
        compare(run(requests=()), run(rows=(row(shape=Shape(n_prompt=64)),), requests=()))


def test_verdicts_stand_beside_the_ratio() -> None:
    from sanderling.bench_device.sensors.verdict import Finding, Verdict

    hot = Verdict(findings=(Finding(fault="THROTTLED", evidence="x"),))
    assert "| VALID, THROTTLED |" in compare(run(), run(rows=(row(verdict=hot),))).to_markdown()

from __future__ import annotations

from typing import Any

import pytest

from sanderling.bench_device.sanity.instructions import LeftOut
from sanderling.bench_device.sanity.report import SanityReport, report
from sanderling.bench_device.sanity.row import SanityRow


def row(model: str, number: int, score: float, **more: Any) -> SanityRow:
    asked = {"suite": "mmlu", "question": f"q{number}", "digest": f"d{number}", "kind": "k", "model": model}
    return SanityRow(**{**asked, "how": "likelihood", "said": "A", "score": score, "loose": score, **more})


def reported(**found: Any) -> SanityReport:
    by_suite = {suite: {rows[0].model: rows for rows in each} for suite, each in found.items()}
    left = (LeftOut(rule="made:up (unknown here)", questions=2),)
    return report(
        by_suite,
        machine={},
        settings={"seed": 0},
        left_out=left,
        chances=dict.fromkeys(found, 0.25),
        seed=0,
        interrupted=False,
    )


def test_each_pair_is_compared_over_the_questions_of_both() -> None:
    good = [row("a Q8_0", number, 1.0) for number in range(40)]
    poor = [row("b Q4_0", number, float(number % 4 == 0)) for number in range(30)]
    found = reported(mmlu=[good, poor])
    assert [(each.model, each.n, each.accuracy.mean) for each in found.results] == [
        ("a Q8_0", 40, 1.0),
        ("b Q4_0", 30, pytest.approx(8 / 30)),
    ]
    (pair,) = found.pairs
    assert (pair.model, pair.over, pair.n, pair.differs) == ("b Q4_0", "a Q8_0", 30, True)
    assert pair.difference.mean == pytest.approx(-22 / 30)
    assert pair.difference.low < pair.difference.mean < pair.difference.high < 0
    assert pair.agree == pytest.approx(8 / 30)


def test_the_same_answers_do_not_differ() -> None:
    rows = [[row(model, number, float(number % 2)) for number in range(20)] for model in ("a Q8_0", "b Q4_0", "c Q4_0")]
    found = reported(mmlu=rows)
    assert [(each.model, each.over, each.differs) for each in found.pairs] == [
        ("b Q4_0", "a Q8_0", False),
        ("c Q4_0", "a Q8_0", False),
        ("c Q4_0", "b Q4_0", False),
    ]


def test_rules_are_counted_by_themselves_and_what_was_left_out_is_named() -> None:
    rules = ("punctuation:no_comma", "startend:quotation")
    rows = [
        row("a", 1, 0.0, suite="ifeval", rules=rules, followed=(True, False), loose=1.0, how="generated", cut=True),
        row("a", 2, 0.0, suite="ifeval", rules=rules, followed=(), how="", error="ContextOverflow: long"),
    ]
    found = reported(ifeval=[rows])
    (result,) = found.results
    assert result.by_kind == {"punctuation:no_comma": (2, 0.5), "startend:quotation": (2, 0.0)}
    assert result.rules is not None
    assert result.loose is not None
    assert (result.rules.mean, result.loose.mean, result.cut, result.failed) == (0.25, 0.5, 1, 1)
    text = found.to_markdown()
    assert "made:up (unknown here): 2 questions" in text

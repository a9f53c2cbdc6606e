from __future__ import annotations

import pytest

from sanderling.verdict import Verdict, said


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict(label="borne_out", confidence=0.9, by=(1,)), "borne out by [1]"),
        (Verdict(label="borne_out", confidence=0.9, by=(1, 3)), "borne out by [1][3]"),
        (
            Verdict(label="not_sure", confidence=0.1, by=(2,), reason="the notes do not say it outright"),
            "not sure: the notes do not say it outright",
        ),
    ],
)
def test_a_verdict_as_people_read_it(verdict: Verdict, text: str) -> None:
    assert said(verdict) == text

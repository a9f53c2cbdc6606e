from __future__ import annotations

from decimal import Decimal

import pytest

from sanderling.bench_device.sanity.gsm8k import last_number, right


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Answer: 45", "45"),
        ("so 12 + 30 = 42.", "42"),
        ("It costs $1,234,567.50 in all.", "1234567.5"),
        ("**2317**", "2317"),
        ("a loss of -$5", "-5"),
        ("The change is \N{MINUS SIGN}3 degrees", "-3"),
        ("10-5", "5"),
        ("between 1, 2 and 3", "3"),
        ("12,34", "34"),
        ("25%", "25"),
        (".5", "5"),
        ("#### 18", "18"),
    ],
)
def test_the_last_number_is_read(text: str, number: str) -> None:
    assert last_number(text) == Decimal(number)


def test_no_number_is_no_answer() -> None:
    assert last_number("none at all") is None
    assert not right("none at all", ["0"])


def test_numbers_are_compared_by_value() -> None:
    assert right("First 7, then 18.00", ["18"])
    assert right("Answer: 1,000", ["#### 1000"])
    assert not right("18, or perhaps 19", ["18"])

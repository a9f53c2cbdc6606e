from __future__ import annotations

import pytest

from sanderling.memory.read.epoch import moment


@pytest.mark.parametrize(
    "value",
    [
        1709629200,
        1709629200.5,
        "1709629200",
        "1709629200.000100",
        1709629200_000,
        1709629200_000_000,
        1709629200_000_000_000,
        "2024-03-05T09:00:00Z",
        "2024-03-05T10:00:00+01:00",
        "2024-03-05 09:00:00",
        "Tue, 05 Mar 2024 10:00:00 +0100",
        "Tuesday, March 5, 2024 at 9:00:00\u202fAM UTC",
        "05/03/2024, 9:00",
    ],
)
def test_the_same_moment_in_every_writing(value):
    assert moment(value) == "2024-03-05T09:00:00+00:00"


def test_a_day_of_eight_digits_is_no_number_of_seconds():
    assert moment("20240305") == "2024-03-05T00:00:00+00:00"


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        2024,
        20240305,
        -1,
        1e30,
        10**400,
        -(10**400),
        "nan",
        "inf",
        "",
        "soon",
        "v2",
        "x" * 10_000,
        [],
        {},
    ],
)
def test_what_is_no_date(value):
    assert moment(value) == ""

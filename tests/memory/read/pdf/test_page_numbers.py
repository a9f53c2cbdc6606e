from __future__ import annotations

import pytest

from sanderling.memory.read.pdf.page_numbers import counted, ranges


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([], ""),
        ([3], "3"),
        ([2, 3], "2, 3"),
        ([2, 3, 4], "2-4"),
        ([1, 3, 5, 6, 7, 9], "1, 3, 5-7, 9"),
        (list(range(1, 60, 2)), "1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23 and 18 more"),
    ],
)
def test_ranges(numbers, said):
    assert ranges(numbers) == said


def test_one_page_and_many():
    assert (counted(1), counted(2400)) == ("1 page", "2,400 pages")

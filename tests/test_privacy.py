from __future__ import annotations

import itertools

import pytest

from sanderling.privacy import LEVELS, allows, strictest


def test_each_privacy_allows_what_it_says() -> None:
    allowed = {(level, trust) for level in (None, *LEVELS) for trust in ("", "own", "third") if allows(level, trust)}
    assert allowed == {
        (None, ""), ("local", ""), ("own", ""), ("any", ""), ("own", "own"), ("any", "own"), ("any", "third"),
    }  # fmt: skip


@pytest.mark.parametrize("wanted", list(itertools.product(LEVELS, repeat=2)))
def test_the_strictest_allows_no_more_than_each(wanted) -> None:
    for trust in ("", "own", "third"):
        assert allows(strictest(*wanted), trust) == all(allows(each, trust) for each in wanted)

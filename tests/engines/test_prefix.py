from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.prefix import common_prefix

few_ids = st.lists(st.integers(0, 2), max_size=8)


@given(few_ids, few_ids)
def test_it_is_the_longest_equal_start(a, b):
    n = common_prefix(a, b)
    assert a[:n] == b[:n]
    assert n == min(len(a), len(b)) or a[n] != b[n]

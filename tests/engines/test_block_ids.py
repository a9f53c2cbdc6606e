from __future__ import annotations

from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from sanderling.engines.block_ids import plain, written

IDS = st.integers(0, (1 << 18) - 1)
BLOCKS = st.lists(st.lists(IDS, min_size=1, max_size=4), max_size=4)


def prompt(shared: list[int], blocks: list[list[int]], rest: list[int]) -> tuple[list[int], list[int]]:
    ends = list(accumulate(map(len, blocks), initial=len(shared)))[1:]
    return [*shared, *(id for block in blocks for id in block), *rest], ends


@given(shared=st.lists(IDS, max_size=3), blocks=BLOCKS, rest=st.lists(IDS, max_size=3))
def test_the_ids_come_back(shared, blocks, rest) -> None:
    ids, ends = prompt(shared, blocks, rest)
    keys = written(ids, len(shared), ends)
    assert plain(keys) == ids
    assert keys[: len(shared)] == shared
    assert keys[len(keys) - len(rest) :] == rest
    assert all(-(1 << 31) <= key < 1 << 31 for key in keys)  # an array of 32-bit integers is hashed


@given(one=BLOCKS, other=BLOCKS)
def test_the_same_tokens_in_other_blocks_are_others(one, other) -> None:
    flat_one, ends_one = prompt([1], one, [])
    flat_other, ends_other = prompt([1], other, [])
    same = written(flat_one, 1, ends_one) == written(flat_other, 1, ends_other)
    assert same == (one == other)


def test_borders_count() -> None:
    ids = [5, 6, 7, 8]
    assert len({tuple(written(ids, 1, ends)) for ends in ((), (4,), (2, 4), (3, 4), (2, 3, 4), (2,), (3,))}) == 7

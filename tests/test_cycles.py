from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from sanderling import cycles


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


def test_a_search_is_put_off_and_comes_back() -> None:
    cycles.collect_seldom()
    assert gc.get_threshold()[0] == cycles.START > 10 * cycles.USUAL[0]
    cycles.collect_as_usual()
    assert gc.get_threshold() == cycles.USUAL


def test_what_libraries_leave_behind_does_not_pile_up() -> None:
    """A cycle for each of many connections: some hundreds wait for a search, not thousands."""

    class Connection:
        def __init__(self) -> None:
            self.itself = self

    cycles.collect_seldom()
    cycles.collect_as_usual()
    for _ in range(20 * cycles.USUAL[0]):
        Connection()
    assert sum(isinstance(each, Connection) for each in gc.get_objects()) <= 2 * cycles.USUAL[0]

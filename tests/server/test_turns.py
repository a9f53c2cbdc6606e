"""Turns against a slow model of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sanderling.server.turns import Turns

CALLS = st.lists(st.tuples(st.sampled_from(["add", "take", "leave"]), st.sampled_from("abc"), st.integers(0, 9)))


@given(CALLS)
def test_nobody_is_served_twice_while_another_waits(calls) -> None:
    turns: Turns[tuple[str, int]] = Turns()
    waiting: list[tuple[str, int]] = []  # in the order in which they came
    served: dict[str, int] = {}
    for number, (call, client, at) in enumerate(calls):
        if call == "add":
            waiting.append((client, number))
            turns.add(client, waiting[-1])
        elif call == "leave" and waiting:
            gone = waiting.pop(at % len(waiting))
            turns.remove(gone[0], gone)
        elif call == "take":
            expected = turns.order()[:1]
            item = turns.take()
            assert ([] if item is None else [item]) == expected
            if item is None:
                assert not waiting
                continue
            assert item == next(each for each in waiting if each[0] == item[0])  # its client's first
            waiting.remove(item)
            since = served.get(item[0], -1)
            for other, came in waiting:  # what waited when this client was last served has had its client's turn since
                assert other == item[0] or came > since or served.get(other, -1) > since
            served[item[0]] = number
        assert len(turns) == len(waiting)
        assert sorted(turns.order()) == sorted(waiting)


def test_the_clients_are_served_in_turn() -> None:
    turns: Turns[str] = Turns()
    for item in ("a1", "a2", "a3", "b1", "c1", "b2"):
        turns.add(item[0], item)
    assert turns.order() == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert turns.before(1) == ["a1", "b1", "c1"]
    assert [turns.take() for _ in range(7)] == ["a1", "b1", "c1", "a2", "b2", "a3", None]

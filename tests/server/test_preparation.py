"""How many questions are prepared at once, and whose turn it is."""

from __future__ import annotations

import threading

import pytest

from sanderling.errors import Cancelled
from sanderling.request.handle import Handle
from sanderling.server.preparation import Preparation


def begin(preparation: Preparation, client: str, handle: Handle, came: list[str]) -> threading.Thread:
    def work() -> None:
        try:
            with preparation.turn(client, handle):
                came.append(client)
        except Cancelled:
            came.append(f"{client} cancelled")

    before = len(preparation._turns)
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while len(preparation._turns) == before and thread.is_alive():
        threading.Event().wait(0.001)
    return thread


def test_the_clients_wait_in_turn_while_others_are_prepared() -> None:
    preparation, came = Preparation(2), []
    with preparation.turn("x", Handle()):
        with preparation.turn("y", Handle()):
            threads = [begin(preparation, client, Handle(), came) for client in ("a", "a", "a", "b", "c")]
            assert came == []
        for thread in threads:
            thread.join(10)
    assert came == ["a", "b", "c", "a", "a"]
    assert preparation._free == 2


def test_a_question_that_is_cancelled_leaves_and_takes_nobodys_turn() -> None:
    preparation, came, gone = Preparation(1), [], Handle()
    with preparation.turn("x", Handle()):
        first = begin(preparation, "a", gone, came)
        second = begin(preparation, "b", Handle(), came)
        gone.cancel()
        first.join(10)
        assert came == ["a cancelled"]
    second.join(10)
    assert came == ["a cancelled", "b"]
    assert preparation._free == 1


def test_a_question_whose_time_is_over_goes_on_to_the_sentence_that_answers_it() -> None:
    preparation, came, late = Preparation(1), [], Handle()
    with preparation.turn("x", Handle()), late.within(0.0):
        begin(preparation, "a", late, came).join(10)
        assert (came, late.out_of_time) == (["a"], True)
    assert preparation._free == 1


def test_an_error_gives_the_turn_back() -> None:
    preparation, came = Preparation(1), []
    with pytest.raises(RuntimeError), preparation.turn("x", Handle()):
        waiting = begin(preparation, "a", Handle(), came)
        raise RuntimeError
    waiting.join(10)
    assert came == ["a"]

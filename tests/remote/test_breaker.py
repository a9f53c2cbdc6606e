from __future__ import annotations

from sanderling.remote.breaker import FAILURES, FIRST_S, LONGEST_S, WINDOW_S, Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_it_opens_after_several_failures_in_a_window_only() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(10):
        assert breaker.enter()
        breaker.fail()
        clock.now += WINDOW_S / 2 + 1
    assert breaker.state == "closed"
    for _ in range(FAILURES):
        breaker.enter()
        breaker.fail()
    assert breaker.state == "open"
    assert not breaker.enter()


def test_one_probe_passes_and_the_time_doubles_to_its_bound() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.fail()
    waits = []
    for _ in range(10):
        began = clock.now
        while not breaker.ready:
            clock.now += 0.5
        waits.append(clock.now - began)
        assert breaker.state == "half_open"
        assert breaker.enter()
        assert not breaker.enter(), "the second has to wait for the probe"
        breaker.fail()
    assert waits == [min(FIRST_S * 2**number, LONGEST_S) for number in range(10)]
    clock.now += LONGEST_S
    assert breaker.enter()
    breaker.succeed()
    assert breaker.state == "closed"
    assert breaker.enter()
    assert breaker.enter()


def test_a_probe_that_was_cancelled_lets_the_next_one_pass_and_late_failures_change_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAILURES):
        breaker.fail()
    until = clock.now + FIRST_S
    breaker.fail()  # one that began before it opened
    clock.now = until
    assert breaker.enter()
    breaker.leave()
    assert breaker.enter()

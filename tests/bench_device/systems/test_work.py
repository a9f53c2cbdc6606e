"""Which draft is the first, and when it ended, where a second was begun."""

from __future__ import annotations

from sanderling.bench_device.systems.work import Work


def test_the_first_of_two_drafts_is_kept_with_its_time_but_not_its_thought() -> None:
    work = Work({"small": 10**9})
    for turns, first in ((1, None), (2, "first")):
        work.begin()
        for text in ("first", "second")[:turns]:
            work.draft()
            work.add("small", 50, 1.0, "a thought")
            work.add("small", 5, 1.0, text)
        assert (work.first_text, work.first_ms > 0.0) == (first, first is not None)
        assert (work.drafts, work.tokens) == (2 * turns, 55 * turns)

from __future__ import annotations

from pathlib import Path

import pytest
from pump_notes import runtimes

from sanderling.errors import UsageError
from sanderling.filter import Filter
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.stages.find_notes import find_notes, require_notes


def test_notes_are_found_heaviest_first_and_both_steps_are_timed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        request = Request("Who repairs the feed pump?")
        found, nodes = find_notes(memory, memory.embedder, request)
        assert list(nodes) == found.attended.keys.tolist()
        assert nodes[int(found.attended.keys[0])].title == "Pump"
        times = request.watch.timings(0.0)
        assert times.embed > 0 and times.retrieval > 0 and request.warnings == []


def test_a_follow_up_is_searched_with_the_question_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        plain, _ = find_notes(memory, memory.embedder, Request("pump And when?"))
        history = History(last_question="pump")
        later, _ = find_notes(memory, memory.embedder, Request("And when?", history=history))
        assert later.vector.tolist() == plain.vector.tolist()


def test_a_filter_that_no_note_passes_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with runtimes(tmp_path, monkeypatch) as opens:
        memory = opens().memory
        found, nodes = find_notes(memory, memory.embedder, Request("pump", filter=Filter(tags=("none",))))
        assert nodes == {}
        with pytest.raises(UsageError, match="no notes match the filter"):
            require_notes(memory, found)
        require_notes(memory, find_notes(memory, memory.embedder, Request("pump"))[0])

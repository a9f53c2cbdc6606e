"""Answers written back into the memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling import Handle
from sanderling.config import Config
from sanderling.errors import UsageError
from sanderling.memory.upkeep.forget import forget_note

ASK = "Who repairs the feed pump?"
ALWAYS = Config(write_back="always")


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def written(runtime) -> list[str]:
    found = runtime.search(f"Question: {ASK} Answer:")
    return [node.id for node in runtime.memory.nodes(note.key for note in found) if node.type == "memory"]


def test_an_answer_has_the_id_of_its_request_and_a_bad_rating_removes_it(open_runtime: Opens) -> None:
    runtime = open_runtime(config=ALWAYS)
    answer = runtime.ask(ASK)
    assert written(runtime) == [answer.request_id]
    runtime.rate(answer, "up")
    assert written(runtime) == [answer.request_id]
    runtime.rate(answer, "down")
    assert written(runtime) == []
    runtime.rate(answer, "down")  # nothing is left to remove


@pytest.mark.parametrize("say", ["not found", "Gunnar Berg", "Repaired in 1955"])
def test_what_the_notes_do_not_bear_out_is_not_written(tmp_path: Path, open_runtime: Opens, say: str) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say=say), config=ALWAYS)
    answer = runtime.ask(ASK)
    assert (answer.text, written(runtime)) == (say, [])
    with pytest.raises(UsageError, match="was not remembered"):
        runtime.remember(ASK, answer)


def test_an_answer_that_was_stopped_or_cut_is_not_written(tmp_path: Path, open_runtime: Opens) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada Lind " * 20, token_ms=5.0), config=ALWAYS)
    handle = Handle()
    stopped = runtime.ask(ASK, handle=handle, stream=lambda piece: handle.cancel())
    cut = runtime.ask(ASK, max_tokens=2)
    assert (stopped.finish_reason, cut.finish_reason) == ("cancelled", "length")
    assert written(runtime) == []
    for answer in (stopped, cut):
        with pytest.raises(UsageError, match="did not come to its end"):
            runtime.remember(ASK, answer)


def test_what_a_model_wrote_bears_no_later_answer_out(tmp_path: Path, open_runtime: Opens) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada Lind"), config=ALWAYS)
    first = runtime.ask(ASK, cache=False)
    assert (first.verdict.label, written(runtime)) == ("borne_out", [first.request_id])
    for source in runtime.search(ASK):
        if "Ada Lind" in source.text and source.node_id != first.request_id:
            forget_note(runtime.memory.store, runtime.memory.index, source.node_id)
    again = runtime.ask(ASK, cache=False)
    assert [source.node_id for source in again.sources if "Ada Lind" in source.text] == [first.request_id]
    assert (again.text, again.verdict.label, again.verdict.by) == ("Ada Lind", "not_sure", ())


def test_the_same_answer_is_written_once(open_runtime: Opens) -> None:
    runtime = open_runtime(config=ALWAYS)
    first = runtime.ask(ASK, cache=False)
    runtime.ask(ASK, cache=False)
    assert written(runtime) == [first.request_id]
    with pytest.raises(UsageError, match="already"):
        runtime.remember(ASK, first)

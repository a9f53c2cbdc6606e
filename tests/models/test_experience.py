"""What answers cost is learned, and predicts the next one; with a scripted model whose speed changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.constraints import Constraints
from sanderling.device.expected import Expected
from sanderling.device.rivals import Rivals
from sanderling.models.candidate import EXPECTED_COMPLETION_TOKENS
from sanderling.models.experience import known_load_ms
from sanderling.router.choices import choices_for

QUESTION = "Who repairs the feed pump?"
ASKED = (QUESTION, "Where does Ada Lind come from?", "Is there soup with bread on Fridays?")


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    # A script takes as long as it says, whatever else runs.
    monkeypatch.setattr(Rivals, "look", lambda self: None)
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def candidate(runtime):
    return runtime._inventory.candidates(runtime._pool)[0]


def test_answers_are_predicted_by_those_before_also_when_the_speed_changes(tmp_path: Path, open_runtime) -> None:
    slow = {"when": "slowly", "say": "Ada Lind", "read_ms": 900.0, "token_ms": 30.0}
    runtime = open_runtime(model(tmp_path, "small", 1, slow, say="Ada Lind", read_ms=250.0, token_ms=8.0))
    assert runtime.explain(QUESTION).choices[0].speeds_from == "the device profile"

    def ratios(count: int, end: str) -> list[float]:
        found = []
        for number in range(count):
            # Prompts without a common beginning, whose state would be kept.
            answer = runtime.ask(f"{ASKED[number % len(ASKED)]}{end}", cache=False)
            found.append(answer.route.predicted_ms / (answer.timings_ms.load + answer.timings_ms.llm))
        return found

    ratios(8, "")
    ratios(5, " Tell slowly")
    settled = ratios(6, " Tell slowly")
    assert sum(1 / 1.5 <= ratio <= 1.5 for ratio in settled) >= 5, settled
    found = candidate(runtime)
    assert (len(found.past), found.completion_tokens) == (19, len("Ada Lind"))
    assert found.speeds_from == "the last 19 answers here"
    assert runtime.explain(QUESTION).choices[0].speeds_from == found.speeds_from


def test_what_was_learned_is_there_in_the_next_process(tmp_path: Path, open_runtime) -> None:
    small = model(tmp_path, "small", 1, say="Ada Lind", read_ms=200.0, token_ms=5.0)
    runtime = open_runtime(small)
    runtime.ask(QUESTION)
    runtime._inventory.experience.close()
    later = open_runtime(small)
    assert candidate(later).past == candidate(runtime).past
    assert candidate(later).load_ms > 0  # which the first had to do
    assert later.explain(QUESTION).route.predicted_ms > 200.0


def test_a_kept_answer_and_an_engine_that_reports_no_times_teach_nothing(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime()
    runtime.ask(QUESTION)
    assert candidate(runtime).past == ()
    assert candidate(runtime).completion_tokens == EXPECTED_COMPLETION_TOKENS


def test_a_cut_answer_does_not_teach_a_length(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada Lind " * 9, read_ms=20.0))
    runtime.ask(QUESTION, max_tokens=5, cache=False)
    found = candidate(runtime)
    assert (len(found.past), found.completion_tokens) == (1, EXPECTED_COMPLETION_TOKENS)
    # A shorter limit is known before.
    sizes = runtime._inventory.context_tokens
    few, many = (choices_for([found], sizes, Constraints(max_tokens=most)).every[0].predicted_ms for most in (5, 100))
    assert few < many


def test_a_conversation_that_another_model_holds_has_to_be_read(tmp_path: Path, open_runtime) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="Ada"), model(tmp_path, "big", 2, say="Ada"))
    runtime.ask(QUESTION, model="small")
    small, big = runtime._inventory.candidates(runtime._pool, "small", 700)
    assert (small.history_tokens, big.history_tokens) == (0, 700)
    assert big.predicted_ms(256) - runtime._inventory.candidates(runtime._pool)[1].predicted_ms(256) > 0


def test_the_plan_follows_the_learned_speed_of_an_idle_device(tmp_path: Path, open_runtime) -> None:
    small = model(tmp_path, "small", 1, say="Ada Lind", read_ms=4000.0)
    runtime = open_runtime(small)
    before = runtime._inventory.load_spec("small").n_batch
    runtime.ask(QUESTION)
    runtime._inventory.experience.close()
    after = open_runtime(small)._inventory.load_spec("small").n_batch
    assert after <= before
    assert after == 128  # some 300 bytes in four seconds: a batch of 512 could not be left for a second


def test_where_a_load_time_comes_from() -> None:
    assert known_load_ms(Expected(load_ms=7.0), 5.0, "x", "q", 10**9) == 7.0
    assert known_load_ms(Expected(), 5.0, "x", "q", 10**9) == 5.0
    assert known_load_ms(Expected(), None, "x", "q", 2 * 10**9) == 2000.0

"""What is learned from a memory is judged on questions held out, and ranks only if it is better."""

from __future__ import annotations

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling import config
from sanderling.errors import UsageError
from sanderling.memory import Memory
from sanderling.memory.learn import learn as module
from sanderling.memory.learn.judge import Gain, Verdict
from sanderling.memory.learn.learn import learn, parts
from sanderling.memory.learn.questions import Made
from sanderling.memory.retrieve import learned

WORDS = tuple(f"{a}{b}" for a in ("oak", "ash", "elm", "fir") for b in ("er", "in", "ut", "ow", "el"))


@pytest.fixture
def memory(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as memory:
        for number in range(60):
            a, b, c = (WORDS[(number * step + step) % len(WORDS)] for step in (1, 3, 7))
            memory.add(
                f"The {a} tree of row {number} stands beside Garden {(number + 7) % 60} under {b} and {c} leaves. "
                f"Every {b} of season {number} was cut by the {c} people of that place.",
                title=f"Garden {number}",
                uri=f"garden-{number}",
            )
        yield memory


def run(memory, **options):
    return learn(memory, 40, 0, **{"dry_run": False, "on_progress": lambda *_: None, **options})


def verdict(low):
    gain = Gain(mean=0.1, low=low, high=0.2)
    return Verdict(gain=gain, of_kind={"one": gain}, before=0.5, after=0.6)


def test_it_learns_and_says_what_came_of_it(memory):
    steps = []
    outcome = run(memory, dry_run=True, on_progress=lambda done, total, what: steps.append(what))
    assert outcome.embedder == memory.embedder.id and outcome.before == "the weights that ship"
    assert sum(outcome.questions.values()) >= 100 and {"one", "link", "chain"} <= outcome.questions.keys()
    assert 0 <= outcome.verdict.before <= 1 and outcome.verdict.gain.low <= outcome.verdict.gain.high
    assert not outcome.installed and not learned.file_of(memory.embedder.id).exists()
    assert set(steps) == {"embedding questions", "searching questions"}


@pytest.mark.parametrize(("low", "installed"), [(0.01, True), (-0.01, False)])
def test_only_what_is_better_ranks_from_then_on(memory, monkeypatch, low, installed):
    monkeypatch.setattr(module, "judge", lambda *_: verdict(low))
    assert run(memory).installed is installed
    with Memory.open(memory.store.path, memory.embedder) as again:
        assert ("learned here" in again.ranker.name) is installed
        assert len(again.find("the oak", memory.embedder.embed(["the oak"])[0]).attended.keys)
    if installed:
        assert learned.rollback(memory.embedder.id).current is None
        with Memory.open(memory.store.path, memory.embedder) as again:
            assert again.ranker.name == "the weights that ship"


def test_a_dry_run_installs_nothing_that_is_better(memory, monkeypatch):
    monkeypatch.setattr(module, "judge", lambda *_: verdict(0.05))
    assert not run(memory, dry_run=True).installed
    assert learned.state(memory.embedder.id).current is None


def test_a_memory_of_a_few_notes_teaches_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(config, "home", lambda: tmp_path / "home")
    with Memory.open(tmp_path / "few.sanderling", HashEmbedder()) as memory:
        memory.add("one note of a dozen words that nobody would learn anything from", uri="one")
        with pytest.raises(UsageError, match="ingest more notes"):
            run(memory)


def test_no_question_is_judged_by_a_note_that_others_are_learned_from():
    made = [Made(kind, "t", "w", (number, 1000 + number)) for kind in ("one", "link") for number in range(300)]
    part = parts(made, 5)
    begins = {name: {made[i].gold[0] for i in np.flatnonzero(part == name)} for name in ("learn", "stop", "judge")}
    assert not begins["learn"] & begins["judge"] and not begins["stop"] & begins["judge"]
    assert set().union(*begins.values()) == set(range(300))
    # Binomial of 300 with p = .3: five standard deviations are 40.
    assert abs(len(begins["judge"]) - 90) <= 40

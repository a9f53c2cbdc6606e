"""The gate before what a model wrote goes into the memory."""

from __future__ import annotations

from pathlib import Path

import pytest
from hash_embedder import HashEmbedder

from sanderling.memory import Memory, Note
from sanderling.records import Node
from sanderling.stages.trusted import BEGINNING, model_wrote, refusal, words_borne_out

PUMP = "The feed pump is repaired by Ada Lind. It was built in 1962."


@pytest.fixture
def memory(tmp_path: Path):
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as opened:
        yield opened


def node(text: str, **fields: str) -> Node:
    return Node(key=1, id="1", text=text, title="Pump", **fields)


OWN = node(PUMP)
ANSWER = node(f"{BEGINNING}Who repairs it?\nAnswer: Per Holm", type="memory", source="agent")


@pytest.mark.parametrize(
    ("text", "notes", "why"),
    [
        ("Ada Lind", [OWN], ""),
        ("The pump was built in 1962.", [OWN], ""),
        ("Ada Lind", [ANSWER, OWN], ""),  # the user's own note says it too
        ("", [OWN], "nothing was found"),
        ("I cannot find it: not found in the notes.", [OWN], "nothing was found"),
        ("The pump was built in 1963.", [OWN], "bear it out"),
        ("Gunnar Berg", [OWN], "bear it out"),
        ("Ada Lind", [], "bear it out"),
        ("Per Holm", [ANSWER, OWN], "a model wrote"),
        ("Per Holm", [ANSWER], "a model wrote"),
    ],
)
def test_what_may_be_written(memory: Memory, text: str, notes: list[Node], why: str) -> None:
    assert why in (found := refusal(memory, text, text, notes))
    assert bool(found) == bool(why)


def test_a_verdict_stands_above_the_words(memory: Memory) -> None:
    assert refusal(memory, "Mrs Lind of the engine room", "x", [OWN], borne_out=True) == ""
    assert "bear it out" in refusal(memory, "Ada Lind", "x", [OWN], borne_out=False)
    assert "a model wrote" in refusal(memory, "Per Holm", "x", [ANSWER], borne_out=True)


@pytest.mark.parametrize(
    ("text", "question", "trusted"),
    [
        ("Repaired in 1955", "", False),
        ("Repaired in 1955", "Who repaired it in 1955?", True),
        ("Built in 1962", "", True),
        ("Built on 3 May 1961", "", True),  # the note writes it otherwise
        ("Built on 4 May 1961", "", False),
    ],
)
def test_a_verdict_does_not_stand_for_a_figure_that_no_note_has(
    memory: Memory, text: str, question: str, trusted: bool
) -> None:
    notes = [OWN, node("The hull was laid on 1961-05-03.")]
    assert (refusal(memory, text, "x", notes, borne_out=True, question=question) == "") == trusted


def test_what_is_there_already_is_not_written_again(memory: Memory) -> None:
    memory.write_back([Note(text="Ada Lind repairs the feed pump.")])
    assert "already" in refusal(memory, "Ada Lind", "Ada Lind repairs the feed pump.", [OWN])


def test_what_a_model_wrote_is_told_from_what_a_program_noted() -> None:
    assert model_wrote(ANSWER)
    assert model_wrote(node("A summary.", type="summary", source="agent"))
    for own in (OWN, node("x", type="memory", source="agent"), node(ANSWER.text, type="memory", source="user")):
        assert not model_wrote(own)


def test_figures_must_all_be_there_and_words_nearly_all() -> None:
    assert words_borne_out("The feed pumps are repaired by Ada Lind, built in 1962", [OWN])
    assert not words_borne_out("Ada Lind in 1963 repairs the feed pump, built in 1962", [OWN])
    assert not words_borne_out("", [OWN])

"""The sentence of the notes that is shown before a model begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from hash_embedder import HashEmbedder
from hypothesis import given
from hypothesis import strategies as st

from sanderling.memory import Memory, Note
from sanderling.records import Node
from sanderling.request.history import History
from sanderling.request.request import Request
from sanderling.stages import quote as stage
from sanderling.stages.find_notes import find_notes
from sanderling.stages.quote import FEW, Candidate, best, candidates, quote, shortlist
from sanderling.text.passages import passages

NOTES = {
    "pump.md": "# Who repairs the feed pump?\n\nWho repairs the feed pump? The feed pump is repaired by Ada Lind\n"
    "every second Monday of the month, before the kitchen opens. It leaks.",
    "tanks.md": "# Tanks\n\n| Tank | Litres |\n|-|-|\n| Otter | 900 |\n| Heron | 1200 |\n",
    "menu.md": "# Menu\n\nOn Fridays the kitchen serves lentil soup with black bread.",
    "ofen.md": "# Ofen\n\nDer Ofen im Keller wird von Jonas Weber geprüft. Er ist alt.",
}


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "notes"
    folder.mkdir()
    for name, text in NOTES.items():
        (folder / name).write_text(text)
    monkeypatch.setattr(stage, "LEAST", 0.0)  # what confidence a sentence has is another matter
    with Memory.open(tmp_path / "m.sanderling", HashEmbedder()) as opened:
        opened.ingest([folder])
        yield opened


def asked(memory: Memory, question: str, history: History | None = None):
    request = Request(question, history=history or History())
    return quote(memory.embedder, request, *find_notes(memory, memory.embedder, request))


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Who repairs the feed pump?", "repaired by Ada Lind"),
        ("What does the kitchen serve on Fridays?", "lentil soup"),
        ("Wer prüft den Ofen im Keller?", "Jonas Weber"),
    ],
)
def test_the_sentence_that_answers_is_found_with_its_place(memory: Memory, question: str, said: str) -> None:
    found = asked(memory, question)
    assert said in found.text
    assert "\n" not in found.text  # the line that wraps it is joined
    there = found.source.text[found.start : found.end]
    assert " ".join(there.split()) == found.text
    assert 0 < found.confidence < 1


def test_neither_a_heading_nor_a_question_in_a_note_is_shown(memory: Memory) -> None:
    assert asked(memory, "Who repairs the feed pump?").text.startswith("The feed pump is repaired by Ada Lind")


def test_a_row_of_a_table_comes_behind_the_names_of_its_columns(memory: Memory) -> None:
    found = asked(memory, "How many litres does the tank Heron hold?")
    assert found.text == "| Tank | Litres |\n| Heron | 1200 |"
    assert found.source.text[found.start : found.end] == "| Heron | 1200 |"


def test_an_answer_that_a_model_wrote_is_no_sentence_of_the_notes(memory: Memory) -> None:
    memory.write_back([Note(text="Question: Who repairs the feed pump?\nAnswer: Nobody repairs the feed pump.")])
    memory.write_back([Note(text="The feed pump is repaired by nobody.", type="summary")])
    memory.write_back([Note(text="The valve was painted by Per Holm.", type="trace")])
    assert "Ada Lind" in asked(memory, "Who repairs the feed pump?").text
    assert "Per Holm" in asked(memory, "Who painted the valve?").text  # what a program noted is a note


def test_a_follow_up_is_asked_with_what_was_said_before(memory: Memory) -> None:
    history = History()
    history.hear("What does the kitchen serve on Fridays?", "lentil soup")
    assert "lentil soup" in asked(memory, "And with which bread?", history).text
    history = History()
    history.hear("Who repairs the feed pump?", "Ada Lind")
    assert "Ada Lind" in asked(memory, "And when does she do it?", history).text


def test_an_empty_memory_and_a_bad_sentence_show_nothing(tmp_path, memory: Memory, monkeypatch) -> None:
    with Memory.open(tmp_path / "empty.sanderling", HashEmbedder()) as empty:
        assert asked(empty, "Who repairs the feed pump?") is None
    monkeypatch.setattr(stage, "LEAST", 1.0)
    assert asked(memory, "Who repairs the feed pump?") is None


def test_only_a_few_sentences_are_embedded_however_long_the_notes_are(tmp_path: Path) -> None:
    class Counting(HashEmbedder):
        asked: list[str]

        def embed(self, texts, on_truncated=None):
            self.asked = list(texts)
            return super().embed(texts, on_truncated)

    embedder = Counting()
    (tmp_path / "long.md").write_text("".join(f"The pump number {n} leaks {'x' * (n % 900)}. " for n in range(900)))
    with Memory.open(tmp_path / "m.sanderling", embedder) as opened:
        opened.ingest([tmp_path / "long.md"])
        request = Request("Which pump leaks?")
        found, nodes = find_notes(opened, embedder, request)
        assert best(embedder, request.query, found, nodes) is not None
    assert 0 < len(embedder.asked) <= FEW
    assert max(map(len, embedder.asked)) <= stage.EMBEDDED + len("long\n")


def candidate(key: int, text: str, coverage: float, weight: float) -> Candidate:
    node = Node(key=key, id=str(key), text=text)
    return Candidate(node, passages(text)[0], weight, coverage, 0, 1)


def test_of_two_equal_texts_the_better_notes_is_kept() -> None:
    one, two, three = candidate(1, "Ada.", 0.5, 0.1), candidate(2, "Ada.", 0.5, 0.6), candidate(3, "Per.", 0.1, 0.3)
    assert [each.node.key for each in shortlist([one, two, three])] == [2, 3]
    assert [each.node.key for each in shortlist([one, two, three], few=1)] == [2]


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_text_is_split_into_candidates(text: str, question: str) -> None:
    found = candidates(question, [Node(key=1, id="1", text=text, title="Title")], {1: 1.0})
    assert all(0 <= each.coverage <= 1.0001 and each.passage.text for each in found)

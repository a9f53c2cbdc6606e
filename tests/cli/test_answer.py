"""What ``ask`` and ``chat`` print: the sentence shown at once, the answer, and what stands below it."""

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.cli.answer import _few, place
from sanderling.quote import SourceNote

ASK = ("ask", "Who repairs the feed pump?")
SENTENCE = "The feed pump is repaired by Ada Lind."


@pytest.fixture(autouse=True)
def any_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sanderling.stages.quote.LEAST", 0.0)


def source(uri: str, title: str = "Pump") -> SourceNote:
    return SourceNote(key=1, node_id="7", title=title, uri=uri, position=0, score=1.0, text="")


def test_a_place_is_short_and_an_address_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert place(source(f"{tmp_path}/notes/pump.md#2")) == "notes/pump.md#2"
    assert place(source("/a/b/c/d/pump.md")) == ".../c/d/pump.md"
    assert place(source("/a/pump.md")) == "/a/pump.md"
    assert place(source("https://example.org/a/b/c/d")) == "https://example.org/a/b/c/d"
    assert place(source(f"{tmp_path}/a/b/c/d/pump.md")) == ".../c/d/pump.md"
    assert (place(source("")), place(source("", title=""))) == ("Pump", "7")


def test_a_quote_is_all_that_is_printed_and_no_model_is_opened(call, memory, words, monkeypatch) -> None:
    monkeypatch.setattr("sanderling.runtime.Runtime.open", lambda *_, **__: pytest.fail("a runtime was opened"))
    said = call(*ASK, "--quote", "-m", memory)
    assert (said.code, said.err) == (0, "")
    first, empty, below, route = said.out.splitlines()
    assert (first, empty) == (SENTENCE, "")
    assert below.endswith("/notes/pump.md")
    assert "no model was asked" in route
    assert " ms: embed" in call(*ASK, "--quote", "-m", memory, "-v").out
    answer = call(*ASK, "--quote", "-m", memory, "--json").json
    assert answer["text"] == answer["quote"]["text"] == SENTENCE
    assert call("ask", "How many notes mention Ada Lind?", "--quote", "-m", memory).out.startswith("2 notes ")
    assert call(*ASK, "--quote", "-m", memory, "--tag", "none").code == 2


def test_where_no_sentence_is_good_the_notes_are_named(call, memory, words, monkeypatch) -> None:
    monkeypatch.setattr("sanderling.stages.quote.LEAST", 1.0)
    said = call(*ASK, "--quote", "-m", memory)
    assert said.code == 0
    assert "no sentence of the notes" in said.err
    assert "a sentence of your notes" not in said.out and "no model was asked" in said.out
    assert "pump.md" in said.out and SENTENCE not in said.out


def test_a_pipe_gets_the_answer_without_the_sentence_before_it(call, memory, scripted) -> None:
    said = call(*ASK, "--model", "small", "-m", memory)
    assert said.out.startswith("Ada Lind\n") and "from your notes" not in said.out + said.err
    assert call(*ASK, "--model", "small", "-m", memory, "--json").json["quote"]["text"] == SENTENCE


@pytest.mark.parametrize("command", ["ask", "chat"])
def test_a_terminal_shows_the_sentence_and_then_the_answer(call, memory, scripted, monkeypatch, command: str) -> None:
    monkeypatch.setattr("sanderling.cli.answer.sys.stdout.isatty", lambda: True, raising=False)
    asked = [ASK[1]] if command == "ask" else []
    said = call(command, *asked, "--model", "small", "-m", memory, stdin="" if asked else f"{ASK[1]}\n")
    lines = said.out.splitlines()
    assert lines[0].startswith(f"from your notes: {SENTENCE}  (")
    assert lines[0].endswith("/notes/pump.md)")
    assert lines[1:3] == ["", "Ada Lind"]


def test_only_three_sources_are_printed_without_verbose_and_those_that_bear_it_out(
    call, notes, memory, scripted
) -> None:
    for number in range(4):
        (notes / f"more{number}.md").write_text(
            f"# Pump {number}\n\nThe feed pump {number} is Ada Lind's, room {number}."
        )
    call("ingest", notes, "-m", memory)
    few = call(*ASK, "--model", "small", "-m", memory, "--context", "large").out
    many = call(*ASK, "--model", "small", "-m", memory, "--context", "large", "--verbose").out
    assert few.count("\n  [") == 3
    assert "which --verbose shows" in few
    assert "menu.txt" not in few  # without a word of the answer
    assert many.count("\n  [") > 3
    assert "which --verbose" not in many


def test_the_notes_that_bear_an_answer_out_are_among_the_few() -> None:
    found = [(number, source(f"/{number}.md"), (0, 3) if number != 5 else None) for number in range(1, 9)]
    assert [number for number, *_ in _few(found, (7,))] == [1, 2, 7]
    assert [number for number, *_ in _few(found, (5, 6, 7))] == [5, 6, 7]
    assert [number for number, *_ in _few(found, ())] == [1, 2, 3]
    assert [number for number, *_ in _few([(1, source(""), None)], ())] == [1]


def test_a_quote_loads_neither_an_engine_nor_the_router(process, memory) -> None:
    first = (
        "import sys; sys.path.insert(0, sys.argv.pop(1))\n"
        "lost = ('llama_cpp', 'xllamacpp', 'sanderling.router', 'sanderling.runtime')\n"
        "sys.modules.update(dict.fromkeys(lost))\n"
        "from hash_embedder import HashEmbedder\n"
        "from sanderling.models import embedder\n"
        "embedder.open_for_memory = lambda *_, **__: embedder.Chosen(HashEmbedder(), '')\n"
        "from sanderling.stages import quote\n"
        "quote.LEAST = 0.0\n"
    )
    said = process(str(Path(__file__).parents[1]), *ASK, "--quote", "-m", memory, first=first)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(SENTENCE)

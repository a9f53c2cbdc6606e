"""A thought that a model writes into its answer reaches no one: not the reader, and nothing that is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_notes import Opens, runtimes
from scripted_model import model

from sanderling.config import Config
from sanderling.records import Message

ASK = "Who repairs the feed pump?"
THOUGHT = "<think>\nPerhaps Bo of Xylophonia <think> or not?</think> 也许是她.\n</think>\n\n"
SECRET = b"Xylophonia"


@pytest.fixture
def open_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Opens]:
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


def kept(folder: Path) -> list[str]:
    """The files below ``folder`` that hold what only the thought says; the model's script is one."""
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and SECRET in path.read_bytes())


def test_a_thought_is_neither_shown_nor_kept(tmp_path: Path, open_runtime: Opens) -> None:
    config = Config(write_back="always")
    runtime = open_runtime(model(tmp_path, "small", 1, say=f"{THOUGHT}Ada Lind"), config=config)
    pieces: list[str] = []
    answer = runtime.ask(ASK, stream=pieces.append)
    assert answer.text == "Ada Lind"
    assert "".join(pieces) == "Ada Lind"
    assert answer.tokens.completion == len("Ada Lind")
    assert answer.request_id in {node.id for node in runtime.memory.nodes(note.key for note in runtime.search(ASK))}
    chat = runtime.conversation()
    assert [chat.ask(ASK).text, chat.ask("And who is she?").text] == ["Ada Lind"] * 2
    assert kept(tmp_path) == ["small.json"]


def test_a_thought_that_never_ends_is_no_answer(tmp_path: Path, open_runtime: Opens) -> None:
    runtime = open_runtime(model(tmp_path, "small", 1, say="<think>Bo of Xylophonia, Ada Lind"))
    answer = runtime.ask(ASK)
    assert answer.text == ""
    assert kept(tmp_path) == ["small.json"]


def test_a_chat_without_notes_has_no_thoughts_either(tmp_path: Path, open_runtime: Opens) -> None:
    plain = open_runtime(model(tmp_path, "small", 1, say=f"{THOUGHT}Hello")).model("small")
    assert plain.chat([Message(role="user", content="Hello?")]).text == "Hello"
    assert plain.complete("Hello?").text.startswith("<think>")

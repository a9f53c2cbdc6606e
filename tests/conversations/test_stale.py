"""What notes said leaves the conversations when the notes are changed or gone."""

from __future__ import annotations

from pathlib import Path

import pytest
from disk_words import draw, left
from pump_notes import Opens
from scripted_model import model

from sanderling.conversations.stale import forget_lost
from sanderling.conversations.store import ConversationStore
from sanderling.errors import StorageFull
from sanderling.runtime import Runtime

FILES = "conversations"


@pytest.fixture
def word() -> str:
    return draw(51, 1)[0]


@pytest.fixture
def runtime(open_runtime: Opens, tmp_path: Path, word: str) -> Runtime:
    opened = open_runtime(model(tmp_path, "small", 1, {"when": "lantern", "say": f"It is {word}"}, say="Ada Lind"))
    (tmp_path / "notes" / "lantern.md").write_text(f"# Lantern\n\nThe lantern is trimmed by {word}.")
    opened.add(tmp_path / "notes")
    return opened


def kept(home: Path, word: str) -> set[str]:
    """Where the word is, telemetry aside, which holds questions alone."""
    return left(home, [word], but=[path for path in home.iterdir() if not path.name.startswith(FILES)])


def test_a_forgotten_note_takes_its_sentences_and_answers_along(runtime: Runtime, home: Path, word: str) -> None:
    talk = runtime.conversation()
    talk.ask("Who repairs the feed pump?")
    answer = talk.ask("Who trims the lantern?")
    shown = next(source for source in answer.sources if source.title == "Lantern")
    assert kept(home, word)
    Path(shown.uri).unlink()
    runtime.forget(shown.node_id)
    assert not kept(home, word)
    again = runtime.conversation(talk.id)
    first, second = again.turns
    assert (first.answer, first.forgotten) == ("Ada Lind", any(each.uri == shown.uri for each in first.sources))
    assert (second.answer, second.forgotten) == ("", True)
    assert shown.node_id not in {each.node_id for each in second.sources}
    # The conversation that was open goes on from what is left, and brings nothing back.
    talk.ask("And who repairs the pump?")
    assert not kept(home, word)


def test_a_changed_note_takes_its_sentences_along_and_leaves_the_answers(
    runtime: Runtime, home: Path, tmp_path: Path, word: str
) -> None:
    talk = runtime.conversation()
    answer = talk.ask("Who trims the lantern? Which lantern?")
    before = talk.turns[0]
    (tmp_path / "notes" / "lantern.md").write_text("# Lantern\n\nThe lantern was sold.")
    runtime.add(tmp_path / "notes")
    (turn,) = runtime.conversation(talk.id).turns
    assert (turn.answer, turn.forgotten) == (answer.text, False)
    assert len(turn.sources) == len(before.sources) - 1
    assert all(word not in each.sentence for each in turn.sources)


def test_a_note_that_goes_while_it_is_answered_is_not_written(runtime: Runtime, home: Path, word: str) -> None:
    talk = runtime.conversation()
    talk.ask("Who repairs the feed pump?")
    answer_it = talk._answer

    def forgets(*arguments):
        answer = answer_it(*arguments)
        shown = next(source for source in answer.sources if source.title == "Lantern")
        Path(shown.uri).unlink()
        runtime.forget(shown.node_id)
        return answer

    talk._answer = forgets
    assert word in talk.ask("Who trims the lantern?").text
    talk._answer = answer_it
    assert not kept(home, word)
    assert runtime.conversation(talk.id).turns[1].forgotten
    talk.ask("And who repairs the pump?")
    assert not kept(home, word)


def test_a_note_of_a_turn_that_could_not_be_written_is_known_by_the_next(
    runtime: Runtime, home: Path, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = runtime.conversation()
    talk.ask("Who repairs the feed pump?")

    def full(*arguments):
        raise StorageFull("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(ConversationStore, "keep", full)
        answer = talk.ask("Who trims the lantern?")
    assert "not kept (no space left)" in answer.warnings[-1]
    talk.ask("And who repairs the pump?")
    assert kept(home, word)  # in the state
    shown = next(source for source in answer.sources if source.title == "Lantern")
    runtime.forget(shown.node_id)
    assert not kept(home, word)


def test_conversations_about_other_memories_are_left_alone(runtime: Runtime, home: Path, word: str) -> None:
    talk = runtime.conversation()
    talk.ask("Who trims the lantern?")
    runtime._kept._store._database.run(lambda open_: open_.execute("UPDATE conversation SET memory = 'other'"))
    shown = next(source for source in talk.turns[0].sources if source.title == "Lantern")
    runtime.forget(shown.node_id)
    assert kept(home, word)


def test_a_damaged_file_is_only_logged(runtime: Runtime, home: Path, caplog) -> None:
    runtime.conversation().ask("Who repairs the feed pump?")
    runtime._kept.close()
    (home / "conversations.sqlite").unlink()
    (home / "conversations.sqlite").mkdir()
    forget_lost(runtime.memory.store)
    assert "--forget all" in caplog.text

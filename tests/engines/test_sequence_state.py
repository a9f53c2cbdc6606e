"""Kept state against a full recompute, bit for bit: SmolLM2 (attention) and a small LFM2 (hybrid), on both engines."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from replay import Replay
from tiny_lfm2 import write_tiny_lfm2

from sanderling.engines.chat_format import encode
from sanderling.engines.choose import load_engine
from sanderling.engines.llama_engine import LlamaEngine
from sanderling.engines.protocol import LoadSpec
from sanderling.records import Message

SYSTEM = "Be brief, and answer from what you are told."
NOTES = "The pump stands in the cellar. Ada Lind repairs it on Mondays, before the kitchen opens. "


def engines() -> list[object]:
    names = ["sanderling_engine", "llama_cpp", "xllamacpp"]
    tiny = [pytest.param((name, "lfm2"), id=f"{name}-lfm2") for name in names]
    return tiny + [pytest.param((name, "smollm2"), id=f"{name}-smollm2", marks=pytest.mark.model) for name in names]


@pytest.fixture(scope="module", params=engines())
def loaded(request, tmp_path_factory) -> Iterator[tuple[str, LoadSpec, LlamaEngine, LlamaEngine]]:
    name, model = request.param
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed")
    if model == "lfm2":
        pytest.importorskip("gguf", reason="the gguf package writes the test model")
        path = tmp_path_factory.mktemp("lfm2") / "tiny.gguf"
        write_tiny_lfm2(path, seed=7)
    else:
        path = request.getfixturevalue("smollm2_path")
    # A batch of 32 makes prompts of several batches, which is where a wrong state would show.
    spec = LoadSpec(
        model_id=model, path=str(path), n_ctx=512, n_threads=1, n_threads_prefill=1, n_batch=32, state_bytes=1 << 26
    )
    kept, reference = (load_engine(name, msgspec.structs.replace(spec, state_bytes=size)) for size in (1 << 26, 0))
    assert isinstance(kept, LlamaEngine)
    assert isinstance(reference, LlamaEngine)
    yield name, spec, kept, reference
    kept.close()
    reference.close()


@pytest.fixture
def replay(loaded, monkeypatch) -> Iterator[Replay]:
    _, _, engine, reference = loaded
    monkeypatch.setattr(engine, "_decode", engine._decode)  # put back afterwards
    engine._sequence.forget()
    engine._sequence._cache = engine._cache()
    return Replay(engine, reference)


class Talk:
    """A conversation as the runtime holds one: drawn ids stand in for the text of answers."""

    def __init__(self, engine: LlamaEngine) -> None:
        self.engine = engine
        self.messages = [Message(role="system", content=SYSTEM)]
        self.generated: dict[int, tuple[int, ...]] = {}
        self.format = "lfm2" if engine.info.architecture == "lfm2" else "chatml"

    @property
    def shared(self) -> int:
        return len(encode(self.engine.tokenize, self.format, self.messages[:1]))

    def prompt(self, question: str) -> list[int]:
        said = [*self.messages, Message(role="user", content=question)]
        return encode(self.engine.tokenize, self.format, said, generated=self.generated)

    def turn(self, replay: Replay, question: str, **settings):
        run = replay.ask(self.prompt(question), shared_tokens=self.shared, **settings)
        self.messages += [Message(role="user", content=question), Message(role="assistant", content="")]
        self.generated[len(self.messages) - 1] = run.ids
        return run

    def undo(self) -> None:
        del self.messages[-2:]
        self.generated = {at: ids for at, ids in self.generated.items() if at < len(self.messages)}


@pytest.fixture
def talk(replay: Replay) -> Talk:
    return Talk(replay.engine)


def test_append(replay: Replay, talk: Talk) -> None:
    first = talk.turn(replay, NOTES + "Who repairs the pump?")
    assert first.cached == 0
    assert first.equals(replay.recompute(first))
    second = talk.turn(replay, "And on which day?")
    # The last drawn token was never computed.
    assert second.cached == len(first.prompt) + len(first.ids) - (first.reason == "length")
    assert second.equals(replay.recompute(second))


def test_regenerate_computes_nothing(replay: Replay, talk: Talk) -> None:
    talk.turn(replay, NOTES)
    second = talk.turn(replay, "Who repairs the pump?")
    talk.undo()
    for _ in range(2):
        again = talk.turn(replay, "Who repairs the pump?")
        talk.undo()
        assert again.cached == len(again.prompt)
        assert again.equals(second)
    assert again.equals(replay.recompute(again))


def test_edit_of_the_last_question_goes_back_to_the_answer_before(replay: Replay, talk: Talk) -> None:
    first = talk.turn(replay, NOTES)
    talk.turn(replay, "Who repairs the pump?")
    talk.undo()
    edited = talk.turn(replay, "Where is the kitchen?")
    assert edited.cached >= len(first.prompt) + len(first.ids) - 1
    assert edited.cached < len(edited.prompt)
    assert edited.equals(replay.recompute(edited))


def test_edit_of_the_first_question_goes_back_to_the_system_prompt(replay: Replay, talk: Talk) -> None:
    talk.turn(replay, NOTES)
    talk.turn(replay, "Who repairs the pump?")
    talk.undo()
    talk.undo()
    edited = talk.turn(replay, "Where is the kitchen?")
    assert edited.cached == talk.shared
    assert edited.equals(replay.recompute(edited))


def test_a_shorter_history_is_a_prefix_of_what_is_kept(replay: Replay, talk: Talk) -> None:
    first = talk.turn(replay, NOTES)
    talk.turn(replay, "Who repairs the pump?")
    talk.undo()
    talk.undo()
    again = talk.turn(replay, NOTES)
    assert talk.shared <= again.cached < len(first.prompt)
    assert again.equals(replay.recompute(again))
    assert again.ids == first.ids


def test_the_same_first_note_is_not_computed_again(replay: Replay, talk: Talk) -> None:
    """As ``stages/generate.py`` asks: the end of the first block is a checkpoint, and other questions come between."""
    first, second = "The pump stands in the cellar. " * 4, "Ada Lind repairs it. "

    def ask(blocks: str, question: str):
        ids = talk.prompt(blocks + question)
        alone = talk.prompt(first)
        end = next(at for at, (a, b) in enumerate(zip(ids, alone, strict=False)) if a != b)
        return replay.ask(ids, shared_tokens=talk.shared, checkpoints=(end,) if end > talk.shared else ()), end

    _, end = ask(first + second, "Who?")
    other = replay.ask(
        talk.prompt("What is there to eat on Fridays, and who cooks it? " * 3), shared_tokens=talk.shared
    )
    assert other.cached == talk.shared
    again, _ = ask(first, "And where does it stand, in the yard or in the house?")
    assert again.cached == end
    assert again.equals(replay.recompute(again))


def test_conversations_in_turn_share_the_system_prompt_and_keep_their_own_states(replay: Replay, talk: Talk) -> None:
    other = Talk(replay.engine)
    first = talk.turn(replay, NOTES + "Who repairs the pump?")
    fork = other.turn(replay, "What is there to eat on Fridays, and who cooks it? " * 2)
    assert fork.cached == talk.shared
    assert fork.equals(replay.recompute(fork))
    second = talk.turn(replay, "And on which day?")
    assert second.cached >= len(first.prompt) + len(first.ids) - 1
    assert second.equals(replay.recompute(second))
    back = other.turn(replay, "With bread?")
    assert back.cached >= len(fork.prompt) + len(fork.ids) - 1
    assert back.equals(replay.recompute(back))
    # An edit after a return: the marks came back with the state.
    other.undo()
    edited = other.turn(replay, "Without bread?")
    assert edited.cached >= len(fork.prompt) + len(fork.ids) - 1
    assert edited.equals(replay.recompute(edited))


def test_without_a_budget_another_conversation_costs_the_first_one_its_state(replay: Replay, talk: Talk) -> None:
    replay.engine._sequence._cache._budget_bytes = 0
    talk.turn(replay, NOTES)
    Talk(replay.engine).turn(replay, "Something else altogether, of about the same length as the notes were before it.")
    second = talk.turn(replay, "And on which day?")
    assert second.cached == talk.shared
    assert second.equals(replay.recompute(second))


def test_a_new_process_begins_with_a_warm_system_prompt(loaded, replay: Replay, tmp_path: Path) -> None:
    name, spec, _, reference = loaded
    spec = msgspec.structs.replace(spec, state_folder=str(tmp_path / "states"), state_folder_bytes=1 << 26)
    trace = replay.trace
    for expected_cached in (False, True):
        engine = load_engine(name, spec)
        fresh = Replay(engine, reference, trace)
        talk = Talk(engine)
        run = talk.turn(fresh, "Who repairs the pump?" if expected_cached else NOTES)
        shared = talk.shared
        assert run.cached == (shared if expected_cached else 0)
        assert run.equals(fresh.recompute(run))
        engine.close()
    (file,) = (tmp_path / "states").iterdir()
    # Nothing that the user said is on disk: the file ends where the system prompt does.
    assert f"-{shared}-" in file.name
    file.write_bytes(file.read_bytes()[:-1])
    engine = load_engine(name, spec)
    talk = Talk(engine)
    run = talk.turn(Replay(engine, reference, trace), "Who repairs the pump?")
    assert run.cached == 0
    engine.close()


def test_a_system_prompt_with_words_of_the_user_is_kept_in_ram_only(loaded, tmp_path: Path) -> None:
    name, spec, _, reference = loaded
    spec = msgspec.structs.replace(spec, state_folder=str(tmp_path / "states"), state_folder_bytes=1 << 26)
    engine = load_engine(name, spec)
    replay = Replay(engine, reference)
    Talk(engine).turn(replay, NOTES, shared_is_private=True)
    again = Talk(engine)
    assert again.turn(replay, "Who repairs the pump?", shared_is_private=True).cached == again.shared
    engine.close()
    assert not (tmp_path / "states").exists()


def test_a_cancelled_prompt_is_gone_on_with(replay: Replay, talk: Talk) -> None:
    ids = tuple(talk.prompt(NOTES * 2))
    asked = iter([False, False, True])
    from sanderling.engines.protocol import GenerateRequest
    from sanderling.records import Sampling

    request = GenerateRequest(prompt_ids=ids, max_tokens=8, sampling=Sampling(temperature=0.0))
    (finish,) = replay.engine.generate(request, lambda: next(asked))
    assert finish.reason == "cancelled"
    run = replay.ask(ids)
    assert run.cached == 2 * 32
    assert run.equals(replay.recompute(run))


def test_more_checkpoints_than_are_kept(replay: Replay, talk: Talk) -> None:
    ids = talk.prompt(NOTES)
    run = replay.ask(ids, checkpoints=tuple(range(1, len(ids))), shared_tokens=talk.shared)
    assert len(replay.engine._sequence._checkpoints) <= 64
    assert run.equals(replay.recompute(run))
    edited = replay.ask([*ids[: len(ids) - 3], ids[0]])
    assert edited.cached == len(ids) - 3
    assert edited.equals(replay.recompute(edited))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 6)), min_size=1, max_size=8))
def test_whatever_way_leads_to_a_prompt(loaded, replay: Replay, walk) -> None:
    """Conversations that branch anywhere: go back some turns, ask one of three questions, hear a few tokens."""
    if loaded[1].model_id != "lfm2":
        return  # the real model takes minutes for this, and has no convolution state to get wrong
    questions = ("Why?", "The pump leaks again. " * 3, "And who, of all the people that are here, repairs it?")
    history: list[tuple[int, ...]] = [()]
    for back, question, length in walk:
        del history[max(1, len(history) - back) :]
        ids = (*history[-1], *replay.engine.tokenize(questions[question]))
        if len(ids) > 400:
            break
        run = replay.ask(ids, max_tokens=length)
        assert run.equals(replay.recompute(run))
        history.append((*ids, *run.ids))

"""A real llama-server as the tier ``edge``: chosen when the budget says so, never for what is private, and killed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from llama_server import LlamaServer, llama_server
from pump_notes import NOTES
from tiered import QUESTION, edge, tiered

from sanderling.errors import TierFailed
from sanderling.filter import Filter
from sanderling.router import rule

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
SLOW = {"connect_timeout_s": 5.0, "first_token_timeout_s": 120.0, "stall_timeout_s": 120.0}


@pytest.fixture(scope="module")
def server(smollm2_path: Path) -> Iterator[LlamaServer]:
    pytest.importorskip("xllamacpp")
    with llama_server(smollm2_path) as running:
        yield running


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    # However busy this machine is: without a budget the largest model answers.
    monkeypatch.setattr(rule, "PATIENCE_MS", 1e9)
    with ExitStack() as stack:
        yield lambda *tiers, **more: stack.enter_context(tiered(tmp_path, monkeypatch, *tiers, **more))


def test_the_budget_decides_and_privacy_before_it(server, opened) -> None:
    private = {**NOTES, "pay.md": "---\ntags: [private]\n---\n# Pay\n\nThe feed pump repairs are paid to Ada Lind."}
    runtime = opened(edge(server.url, **SLOW), known=False, never_leave=("tag:private",), notes=private)
    asked = {"privacy": "own", "max_tokens": 8}
    assert runtime.ask(QUESTION, **asked).route.tier == "", "a private note is among those that would be sent"
    public = Filter(under=(str(Path(runtime.memory.store.path).parent / "notes" / "ada.md"),))
    found = runtime.ask("Where does Ada Lind come from?", filter=public, **asked)
    why = (runtime.tier_states(), runtime.explain("Where does Ada Lind come from?", filter=public, privacy="own"))
    assert (found.route.model_id, found.left_device) == ("edge/m", True), why
    assert found.text
    assert 0 < found.assessment.confidence < 1, "llama-server gives probabilities"
    assert found.tokens.prompt > 30
    speed = runtime._tiers.speed("edge/m")
    assert speed is not None
    assert speed.context_tokens > 0, "llama-server says how long its context is"
    here_ms = min(choice.predicted_ms for choice in runtime.explain(QUESTION).choices)
    there_ms = min(
        choice.predicted_ms
        for choice in runtime.explain("Where does Ada Lind come from?", filter=public, privacy="own").choices
        if choice.model_id == "edge/m"
    )
    assert here_ms < there_ms, "the scripted model is predicted to be faster than a real one"
    hurried = runtime.ask("Where does Ada Lind come from?", filter=public, budget_ms=(here_ms + there_ms) / 2, **asked)
    assert (hurried.text, hurried.route.tier) == ("here", "")
    for question in (QUESTION, "What is Ada Lind paid?"):
        assert not runtime.ask(question, privacy="local").left_device
        assert not runtime.ask(question, **asked).left_device


def test_a_streamed_answer_arrives_in_pieces_and_is_the_same(server, opened) -> None:
    runtime = opened(edge(server.url, **SLOW))
    pieces: list[str] = []
    found = runtime.ask(QUESTION, privacy="own", max_tokens=12, seed=1, context="tiny", stream=pieces.append)
    assert "".join(pieces).strip() == found.text
    assert len(pieces) > 1
    talk = runtime.chat()
    talk.ask(QUESTION, privacy="own", max_tokens=8)
    again = talk.ask("And where does she come from?", privacy="own", max_tokens=8)
    assert again.route.tier == "edge"


def test_a_server_killed_in_its_answer_is_one_outcome_and_the_next_question_is_answered_here(
    smollm2_path: Path, opened
) -> None:
    pytest.importorskip("xllamacpp")
    with llama_server(smollm2_path) as running:
        runtime = opened(edge(running.url, **SLOW))
        pieces: list[str] = []

        def kill(text: str) -> None:
            pieces.append(text)
            if len(pieces) == 2:
                running.process.kill()

        with pytest.raises(TierFailed):
            runtime.ask(QUESTION, privacy="own", max_tokens=200, context="tiny", stream=kill)
        assert runtime.ask(QUESTION, privacy="own").text == "here"
        for _ in range(3):
            assert runtime.ask(QUESTION, privacy="own").text == "here"
        assert runtime.tier_states()[0].breaker == "open"


def test_a_key_is_read_from_the_environment(smollm2_path: Path, opened, monkeypatch) -> None:
    pytest.importorskip("xllamacpp")
    with llama_server(smollm2_path, "sesame") as running:
        runtime = opened(edge(running.url, api_key_env="EDGE_KEY", **SLOW))
        refused = runtime.ask(QUESTION, privacy="own", max_tokens=4)
        assert refused.text == "here"
        assert any("does not take our key" in warning for warning in refused.warnings)
        monkeypatch.setenv("EDGE_KEY", "sesame")
        runtime = opened(edge(running.url, api_key_env="EDGE_KEY", **SLOW))
        assert runtime.ask(QUESTION, privacy="own", max_tokens=4).route.tier == "edge"

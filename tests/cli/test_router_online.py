"""From questions asked to a router installed: real rows of the runtime, rated, trained on, refused, put back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from gguf_files import lfm2_header
from scripted_model import model

from sanderling.config import Config
from sanderling.device import profiles
from sanderling.engines.model_pool import ModelPool
from sanderling.memory import Memory
from sanderling.models import fit
from sanderling.models.inventory import ModelInventory
from sanderling.opening import Parts
from sanderling.router.select import router_for
from sanderling.router.verifier import weights
from sanderling.router.verifier.unfitted import Unfitted
from sanderling.runtime import Runtime
from sanderling.telemetry.store import TelemetryStore

TRAIN = ("router", "train", "--from-log", "--epochs", "20", "--hidden", "16")
QUESTIONS, SESSION = 120, 9


@pytest.fixture
def open_runtime(
    tmp_path: Path, home: Path, notes: Path, monkeypatch: pytest.MonkeyPatch, hash_embedder, smallest_first
) -> Callable[..., Runtime]:
    monkeypatch.setattr(fit, "header_of", lambda path: lfm2_header())
    # A verifier that trusts every draft: else it would mend what a router is to learn.
    trusting = weights.Fitted(verifier=Unfitted(a=0.0, b=20.0, c=0.0, not_sure_below=0.0))
    monkeypatch.setattr(weights, "active", lambda: trusting)

    random = Random(0)

    def build(router: str = "rule", explore: float = 0.0) -> Runtime:
        detected = profiles.choose("generic")
        # The small model knows nothing of two people at once; the big one does.
        small = model(tmp_path, "small", 1, {"when": "together with", "say": "a guess"}, say="Ada Lind")
        inventory = ModelInventory((small, model(tmp_path, "big", 2, say="Ada Lind")), detected)
        parts = Parts(
            Memory.open(tmp_path / "m.sanderling", hash_embedder),
            inventory,
            ModelPool("scripted"),
            router_for(router, inventory),
            detected,
            Config(explore=explore),
        )
        runtime = Runtime(parts)
        runtime.add(notes)
        runtime._answerer._random = random
        return runtime

    return build


def question(number: int) -> str:
    more = " together with the engineer from Narvik who lives by the long fjord" if number % 2 else ""
    return f"Who repairs feed pump {number}{more}?"


def ask_and_rate(open_runtime: Callable[..., Runtime], explore: float = 0.0, questions: int = QUESTIONS) -> None:
    # Opened anew now and then, as people do, before easy and hard questions alike: else a router would learn from
    # which models are loaded how hard a question is.
    for start in range(0, questions, SESSION):
        with open_runtime(explore=explore) as runtime:
            for number in range(start, start + SESSION):
                answer = runtime.ask(question(number))
                runtime.rate(answer, "up" if answer.text == "Ada Lind" else "down")


def test_a_router_is_learned_from_rated_answers(open_runtime, call, refused) -> None:
    ask_and_rate(open_runtime, explore=1.0)
    trained = call(*TRAIN)
    assert trained.code == 0, trained
    assert "installed, and decides from now on" in trained.out
    assert "rule" in trained.out
    shown = call("router", "show", "--json").json
    assert shown["previous"] is None
    assert shown["cards"]["current"]["models"] == ["small", "big"]
    assert shown["current"]["judgements"][0]["difference"]["low"] > 0
    name = shown["current"]["id"]
    assert name in call("router", "show").out

    # The router that is there now is as good as its twin.
    refused(call(*TRAIN), 2, "not installed, because it is not better than", name, "difference +0.0000")
    assert call("router", "show", "--json").json == shown

    with open_runtime("rule") as runtime:
        assert runtime.ask(question(1)).text == "a guess"
    with open_runtime("auto") as runtime:
        runtime.ask(question(0))
        answer = runtime.ask(question(1))
        assert (answer.text, answer.route.model_id, answer.route.router) == ("Ada Lind", "big", name)
    with TelemetryStore() as store:
        assert [row.versions.router for row in store.tail(3)] == ["rule", name, name]

    assert call("router", "rollback", "--json").json["current"] is None
    with open_runtime("auto") as runtime:
        assert runtime._router.id == "rule"
    refused(call("ask", question(1), "--router", "learned"), 2)
    assert call("router", "rollback").out.startswith(f"current: {name}; previous: none")


def test_a_log_without_exploration_teaches_nothing(open_runtime, call, refused) -> None:
    refused(call(*TRAIN), 2, "0 rated questions", "log rate")
    ask_and_rate(open_runtime, questions=40)
    refused(call(*TRAIN), 2, "nothing in the log was explored", "explore = 0.05")
    refused(call("router", "rollback"), 2, "no router was ever installed")
    refused(call("router", "train"), 2, "--from-log, --rows FILE or both")
    assert call("router", "show").out.startswith("current: none, the rule decides\n")
    assert "shipped: none with this version" in call("router", "show").out

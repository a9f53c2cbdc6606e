"""A task of a known kind goes to the model that was chosen for it, through a runtime with a scripted model."""

from __future__ import annotations

import pytest
from pump_notes import runtimes
from scripted_model import model

from sanderling.config import Config
from sanderling.models.task_choice import TaskChoice, record

SCHEMA = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}


@pytest.fixture
def open_runtime(tmp_path, monkeypatch):
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


@pytest.fixture
def three(tmp_path, open_runtime):
    models = [model(tmp_path, name, rung, say='{"name": "Ada"}') for rung, name in enumerate(("s", "m", "l"), start=1)]

    def build(config: Config | None = None):
        return open_runtime(*models, config=config)

    return build


def chose(model_id: str) -> None:
    record(
        [
            TaskChoice(
                kind="extraction",
                model_id=model_id,
                quant="none",
                template="standard",
                score=0.9,
                low=0.8,
                high=1.0,
                median_ms=1.0,
                tasks=20,
                engine="scripted",
                timestamp="",
            )
        ]
    )


@pytest.mark.parametrize("wanted", ["s", "m", "l"])
def test_an_answer_in_json_is_the_chosen_models(three, wanted: str) -> None:
    runtime = three()
    chose(wanted)
    answer = runtime.ask("Who repairs the feed pump?", json_schema=SCHEMA)
    assert answer.route.model_id == wanted
    assert f"sanderling bench tasks chose {wanted} for extraction: 0.90 over 20 tasks" in answer.route.reason
    assert runtime.model(task="extraction").id == wanted
    assert runtime.model(task="summaries").id == "s"


def test_plain_questions_are_left_to_the_router(three) -> None:
    runtime = three()
    before = runtime.ask("Who repairs the feed pump?", cache=False).route
    chose("l" if before.model_id != "l" else "s")
    after = runtime.ask("Who repairs the feed pump?", cache=False).route
    assert (after.model_id, after.reason) == (before.model_id, before.reason)


def test_a_model_that_was_asked_for_answers(three) -> None:
    runtime = three()
    chose("m")
    assert runtime.ask("Who repairs the pump?", json_schema=SCHEMA, model="l").route.model_id == "l"


def test_the_guard_comes_first(three) -> None:
    runtime = three(Config(always_largest=True))
    chose("s")
    assert runtime.ask("Who repairs the pump?", json_schema=SCHEMA).route.model_id == "l"


def test_a_model_that_is_gone_changes_nothing(three) -> None:
    runtime = three()
    chose("gone")
    assert runtime.ask("Who repairs the pump?", json_schema=SCHEMA).route.model_id in ("s", "m", "l")
    assert runtime.model(task="extraction").id == "s"

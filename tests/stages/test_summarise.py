"""Which model writes a summary, and by which system prompt."""

from __future__ import annotations

from pathlib import Path

import pytest
from pump_notes import runtimes
from scripted_model import model

from sanderling.memory.upkeep import clusters as grouping
from sanderling.models.task_choice import TaskChoice, record
from sanderling.stages import summarise as summarising
from sanderling.stages.task_templates import SYSTEMS

FACT = "The feed pump is repaired by Ada Lind."


@pytest.fixture
def open_runtime(tmp_path, monkeypatch):
    with runtimes(tmp_path, monkeypatch) as opens:
        yield opens


@pytest.fixture
def two(tmp_path: Path, open_runtime, monkeypatch: pytest.MonkeyPatch):
    """Models that say a fact only where the prompt has their word, and one group of notes."""
    small = model(tmp_path, "small", 1, {"when": SYSTEMS["summaries"]["standard"], "say": FACT}, say="small minimal")
    large = model(tmp_path, "large", 2, {"when": SYSTEMS["summaries"]["minimal"], "say": FACT}, say="large standard")
    runtime = open_runtime(small, large)
    runtime.add(tmp_path / "notes")
    keys = [node.key for node in runtime.memory.nodes(range(1, 20)) if "Ada" in node.text]
    monkeypatch.setattr(summarising, "clusters", lambda store: [keys])
    assert grouping.clusters is not summarising.clusters
    return runtime


def choose(model_id: str, template) -> None:
    record(
        [
            TaskChoice(
                kind="summaries",
                model_id=model_id,
                quant="none",
                template=template,
                score=0.5,
                low=0.4,
                high=0.6,
                median_ms=1.0,
                tasks=12,
                engine="scripted",
                timestamp="",
            )
        ]
    )


def test_the_smallest_with_the_standard_prompt_before_the_benchmark(two) -> None:
    (done,) = two.summarise()
    assert done.node.text == FACT
    assert two.loaded == ("small",)


def test_the_chosen_model_with_the_chosen_prompt(two) -> None:
    choose("large", "minimal")
    (done,) = two.summarise()
    assert done.node.text == FACT
    assert done.why == "sanderling bench tasks chose large for summaries: 0.50 over 12 tasks"
    assert two.loaded == ("large",)


def test_a_warning_names_the_chosen_model(two) -> None:
    choose("large", "standard")
    said: list[str] = []
    assert two.summarise(warn=said.append) == []
    assert "large" in said[0]

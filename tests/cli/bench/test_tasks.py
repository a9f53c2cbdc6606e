"""``bench tasks`` with a scripted model: the table, what is kept, and what is done by it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sanderling.bench_device.tasks import measure
from sanderling.engines.model_pool import ModelPool
from sanderling.models import task_choice

TASKS = ("bench", "tasks", "--model", "small", "--limit", "3")


@pytest.fixture
def tasks(call, scripted, monkeypatch: pytest.MonkeyPatch):
    """Answers as a good model: the right category of the first two, and a fact."""
    monkeypatch.setattr("sanderling.bench_device.tasks.report.LEAST_TASKS", 3)
    monkeypatch.setattr(measure, "ModelPool", lambda _engine, config: ModelPool("scripted", config))
    scripted(
        {"when": "Tomas Brekke\n", "say": '"person"'},
        {"when": "Categories: ", "say": '"machine"'},
        say="Tomas Brekke, 14 March 2022, 27 August 2023, Sofie Marchetti",
    )
    return call


def test_the_table_and_the_choices(tasks, home: Path, tmp_path: Path) -> None:
    raw = tmp_path / "rows.jsonl"
    kinds = ("--kind", "summaries", "--kind", "classification")
    report = tasks(*TASKS, *kinds, "--json", "--raw", raw).json
    assert [(cell["kind"], cell["template"], cell["n"]) for cell in report["cells"]] == [
        (kind, template, 3) for kind in ("classification", "summaries") for template in ("standard", "minimal")
    ]
    assert report["cells"][0]["score"]["mean"] == pytest.approx(2 / 3)
    assert len(raw.read_text().splitlines()) == 12
    kept = task_choice.read()
    assert kept["summaries"].model_id == "small"
    assert kept["summaries"].tasks == 3
    shown = tasks(*TASKS, *kinds)
    assert shown.code == 0, shown
    assert "| summaries | small none |" in shown.out
    assert f"kept in {task_choice.path()}" in shown.out


def test_nothing_is_kept_on_request(tasks, home: Path) -> None:
    assert tasks(*TASKS, "--kind", "answers", "--no-keep").code == 0
    assert task_choice.read() == {}


def test_a_kind_that_there_is_none_of_is_refused(tasks) -> None:
    found = tasks(*TASKS, "--kind", "poems")
    assert found.code == 2
    assert "'poems' is no kind of task: choose from classification, extraction, answers, summaries" in found.err


def test_without_models_it_says_what_to_pull(call, home: Path) -> None:
    found = call("bench", "tasks")
    assert found.code == 2
    assert "sanderling models pull" in found.err


def test_a_run_that_was_ended_keeps_nothing(tasks, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = measure._row
    rows = []

    def row(*arguments):
        if len(rows) == 4:
            raise KeyboardInterrupt
        rows.append(given(*arguments))
        return rows[-1]

    monkeypatch.setattr(measure, "_row", row)
    found = tasks(*TASKS, "--kind", "answers", "--json")
    assert found.code == 130
    report = json.loads(found.out.splitlines()[-1])
    assert (report["interrupted"], {cell["n"] for cell in report["cells"]}) == (True, {2})
    assert task_choice.read() == {}

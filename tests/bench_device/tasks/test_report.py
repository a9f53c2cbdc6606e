from __future__ import annotations

from typing import Any

from sanderling.bench_device.tasks.report import LEAST_TASKS, report
from sanderling.bench_device.tasks.row import TaskRow
from sanderling.models.task_choice import TEMPLATES

HEAD: dict[str, Any] = {"machine": {}, "engine": "scripted", "n_threads": 1, "seed": 0, "timestamp": "2026-11-29"}


def rows(model: str, size: int, score: float, tasks: int = 12, kind="summaries") -> list[TaskRow]:
    return [
        TaskRow(
            kind=kind,
            task=f"m{number}",
            model_id=model,
            quant="Q4_0",
            bytes=size,
            template=template,
            reply="",
            score=score,
            prompt_tokens=100 if template == "standard" else 60,
            reply_tokens=5,
            ms=20.0 if template == "standard" else 10.0,
        )
        for number in range(tasks)
        for template in TEMPLATES
    ]


def test_the_choice_is_the_cell_of_the_smallest_viable_model() -> None:
    found = report([*rows("small", 1, 0.8), *rows("large", 9, 0.8)], **HEAD)
    (choice,) = found.choices
    assert (choice.model_id, choice.template, choice.tasks, choice.median_ms) == ("small", "minimal", 12, 10.0)
    assert [cell.viable for cell in found.cells] == [True] * 4
    assert [cell.chosen for cell in found.cells] == [False, True, False, False]
    text = found.to_markdown()
    assert "| summaries | small Q4_0 | 0 | minimal | 12 | 0.80 [0.80, 0.80] | 0.01 | 60 | chosen |" in text
    assert "summaries: small Q4_0 with the minimal template, the smallest within 0.05 of the best" in text


def test_only_tasks_count_that_all_were_given() -> None:
    """As after Ctrl-C."""
    found = report([*rows("small", 1, 0.8), *rows("large", 9, 0.8, tasks=5)], **HEAD, interrupted=True)
    assert {cell.n for cell in found.cells} == {5}
    cut = report([*rows("small", 1, 0.8), *rows("large", 9, 0.8, kind="answers")], **HEAD)
    assert cut.cells == ()


def test_few_tasks_decide_nothing() -> None:
    found = report(rows("small", 1, 0.8, tasks=LEAST_TASKS - 1), **HEAD)
    assert (found.choices, found.unfit, found.undecided) == ((), (), ("summaries",))
    assert "summaries: fewer than 10 tasks, which decide nothing" in found.to_markdown()


def test_a_kind_that_no_model_can_do_is_named() -> None:
    found = report(rows("small", 1, 0.0), **HEAD)
    assert (found.choices, found.unfit) == ((), ("summaries",))
    assert "summaries: no model here scores above 0 for certain" in found.to_markdown()

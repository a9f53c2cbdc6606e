from __future__ import annotations

import pytest

from sanderling.bench_device.tasks.prompts import prompt
from sanderling.bench_device.tasks.workload import note_text, tasks
from sanderling.engines.json_schema import checked
from sanderling.models.task_choice import TASK_KINDS, TEMPLATES
from sanderling.stages.summarise import INSTRUCTION


@pytest.mark.parametrize("kind", TASK_KINDS)
def test_the_templates_differ_in_the_system_prompt_alone(kind) -> None:
    task = tasks(kind)[0]
    standard, minimal = (prompt(kind, template, task) for template in TEMPLATES)
    assert standard._replace(messages=minimal.messages) == minimal
    assert standard.messages[1] == minimal.messages[1]
    assert len(minimal.messages[0].content) < len(standard.messages[0].content)


def test_categories_and_fields_follow_a_schema_that_the_engines_enforce() -> None:
    task = tasks("classification")[0]
    assert prompt("classification", "minimal", task).json_schema == {"enum": list(task.labels)}
    task = tasks("extraction")[0]
    schema = prompt("extraction", "minimal", task).json_schema
    assert schema is not None
    assert schema["required"] == list(task.fields)
    assert checked(schema)


def test_a_summary_is_asked_for_as_memory_tidy_does() -> None:
    task = tasks("summaries")[0]
    asked = prompt("summaries", "standard", task)
    assert asked.messages[1].content.endswith(f"Question: {INSTRUCTION}")
    assert all(note_text(name) in asked.messages[1].content for name in task.notes)

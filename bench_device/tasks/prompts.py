"""Builds the messages, the JSON schema and the length limit for giving a task to a model."""

from __future__ import annotations

from typing import NamedTuple

from ...models.task_choice import TaskKind, Template
from ...records import Message
from ...stages.summarise import INSTRUCTION, MAX_TOKENS
from ...stages.task_templates import SYSTEMS
from .workload import Task, note_text

ANSWER_TOKENS = 32
"""Longest answer to a question: those of the workloads have up to ten words."""
FIELD_TOKENS = 24
"""Room for the name and the value of one field."""


class TaskPrompt(NamedTuple):
    """The prompt for a task: messages, schema and length limit.

    The schema is None for free text.
    """

    messages: tuple[Message, ...]
    json_schema: dict[str, object] | None
    max_tokens: int


def prompt(kind: TaskKind, template: Template, task: Task) -> TaskPrompt:
    """Return the prompt of a task. A category is one of the list, and extracted fields are all there, by the schema."""
    system = Message(role="system", content=SYSTEMS[kind][template])
    user, schema, tokens = _user(kind, task)
    return TaskPrompt((system, Message(role="user", content=user)), schema, tokens)


def _user(kind: TaskKind, task: Task) -> tuple[str, dict[str, object] | None, int]:
    notes = "\n\n".join(f"[{number}] {note_text(name)}" for number, name in enumerate(task.notes, start=1))
    if kind == "classification":
        return f"{notes}\n\nCategories: {', '.join(task.labels)}", {"enum": list(task.labels)}, 16
    if kind == "extraction":
        schema: dict[str, object] = {
            "type": "object",
            "properties": {name: {"type": "string"} for name in task.fields},
            "required": list(task.fields),
            "additionalProperties": False,
        }
        return f"{notes}\n\nFields: {', '.join(task.fields)}", schema, 8 + FIELD_TOKENS * len(task.fields)
    if kind == "answers":
        return task.message, None, ANSWER_TOKENS
    return f"{notes}\n\nQuestion: {INSTRUCTION}", None, MAX_TOKENS

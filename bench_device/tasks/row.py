"""The reply of one model to one task."""

from __future__ import annotations

from ...models.task_choice import TaskKind, Template
from ...records import Record


class TaskRow(Record):
    """One task given to one model with one template."""

    kind: TaskKind
    task: str
    model_id: str
    quant: str
    bytes: int
    """Size of the model's file."""
    template: Template
    reply: str
    score: float
    prompt_tokens: int
    reply_tokens: int
    ms: float
    """Time to read the prompt and to write the reply, without waiting and loading."""

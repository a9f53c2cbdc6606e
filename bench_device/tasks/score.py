"""Score the reply to a task from 0 to 1."""

from __future__ import annotations

import msgspec

from ...models.task_choice import TaskKind
from ..metrics.quality import contains, f1
from .workload import Task


def score(kind: TaskKind, task: Task, reply: str) -> float:
    """Return the score of a reply, from 0 to 1.

    Classification: whether it is the right category. Extraction: mean F1 of the fields' words. Answers: F1 of the
    words. Summaries: share of the key facts that occur in it as whole words.
    """
    if kind == "classification":
        return float(_json(reply) == task.label)
    if kind == "extraction":
        found = _json(reply)
        values = found if isinstance(found, dict) else {}
        each = [f1(_apart(str(values.get(name, ""))), accepted) for name, accepted in task.fields.items()]
        return sum(each) / len(each)
    if kind == "answers":
        return f1(_apart(reply), task.answers)
    return sum(contains(_apart(reply), fact) for fact in task.facts) / len(task.facts)


def _apart(text: str) -> str:
    """Put a space between a link's text and its address, which would else count as one word."""
    return text.replace("](", "] (")


def _json(reply: str) -> object:
    """Return the value of a reply in JSON; None if it was cut off."""
    try:
        value: object = msgspec.json.decode(reply.strip())
    except (msgspec.DecodeError, UnicodeEncodeError):
        return None
    return value

"""Restricts a task of a known kind to the model that measurements chose for that kind.

Like the guard, this is a mask before every router. It never excludes the last choice: where the chosen model does not
fit, is over the budget or was excluded by another mask, the router chooses as ever.
"""

from __future__ import annotations

from msgspec.structs import replace

from ..models.inventory import ModelInventory
from ..models.task_choice import TaskKind, chosen
from ..request.request import Request
from .choices import Choices
from .guard import Guarded


def kind_of(request: Request) -> TaskKind | None:
    """Return the kind of task of a request, or None for a question.

    The form of the request tells the kind. A question is left to the router.
    """
    return "extraction" if request.json_schema else None


def task_model(guarded: Guarded, request: Request, inventory: ModelInventory) -> Guarded:
    """Mask all models but the one chosen for the request's kind of task.

    Nothing is masked if no kind is known or no model was chosen, nor if the caller names a model or the guard has
    restricted the choices.
    """
    kind = kind_of(request)
    if kind is None or request.constraints.model_id or guarded.reason:
        return guarded
    choice = chosen(kind, inventory)
    if choice is None or all(each.candidate.model_id != choice.model_id for each in guarded.allowed):
        return guarded
    return Guarded(
        choices=Choices(
            every=tuple(
                each if each.masked or each.candidate.model_id == choice.model_id else replace(each, masked=choice.why)
                for each in guarded.choices.every
            )
        ),
        reason=choice.why,
    )

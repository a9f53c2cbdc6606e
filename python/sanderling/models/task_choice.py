"""Stores the chosen model and template for each kind of task.

``sanderling bench tasks`` measures the installed models and chooses the smallest that is good enough; ``tasks.json`` in
the data folder holds one choice per kind. The runtime uses the choice for summaries, and for answers that follow a JSON
schema. Which model answers a plain question is left to the router, which sees the question.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal, get_args

import msgspec

from .. import config
from ..disk.filelock import locked
from ..disk.files import content
from ..disk.whole_file import write_whole
from ..records import Record
from .inventory import ModelInventory

log = logging.getLogger(__name__)

TaskKind = Literal["classification", "extraction", "answers", "summaries"]
Template = Literal["standard", "minimal"]
TASK_KINDS: tuple[TaskKind, ...] = get_args(TaskKind)
TEMPLATES: tuple[Template, ...] = get_args(Template)


class TaskChoice(Record):
    """The chosen model and template for one kind of task, with scores."""

    kind: TaskKind
    model_id: str
    quant: str
    template: Template
    score: float
    """Mean score over the tasks, from 0 to 1."""
    low: float
    high: float
    """Ends of the 95 per cent interval of ``score``."""
    median_ms: float
    """Median time of one task in milliseconds, without loading."""
    tasks: int
    engine: str
    timestamp: str
    """Time of the measurement, in ISO 8601, UTC."""

    @property
    def why(self) -> str:
        """Say for a user why this model is used."""
        return f"sanderling bench tasks chose {self.model_id} for {self.kind}: {self.score:.2f} over {self.tasks} tasks"


_decoded = msgspec.json.Decoder(tuple[TaskChoice, ...]).decode


def path() -> Path:
    """Return the path of ``tasks.json``."""
    return config.home() / "tasks.json"


def read() -> Mapping[TaskKind, TaskChoice]:
    """Return the choices by kind of task. If the file cannot be read: none, with a warning logged."""
    try:
        return {each.kind: each for each in _decoded(content(path()))}
    except FileNotFoundError:
        return {}
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("%s could not be read (%s): the smallest model is used; run  sanderling bench tasks", path(), error)
        return {}


def record(choices: Iterable[TaskChoice], unfit: Iterable[TaskKind] = ()) -> None:
    """Store choices in place of earlier choices for the same kinds.

    Choices of ``unfit`` kinds are forgotten. A file that cannot be read is replaced. Raises OSError, UsageError or
    StorageFull if the file cannot be written.
    """
    config.made_home()
    with locked(path().with_suffix(".lock")):
        kept = {kind: each for kind, each in read().items() if kind not in set(unfit)}
        kept |= {each.kind: each for each in choices}
        write_whole(path(), msgspec.json.format(msgspec.json.encode([*kept.values()]), indent=1), private=True)


def chosen(kind: TaskKind, inventory: ModelInventory) -> TaskChoice | None:
    """Return the choice for a kind of task, or None.

    None if nothing was chosen, or not a model that ``inventory`` has unchanged.
    """
    found = read().get(kind)
    here = {(model.entry.id, model.quant) for model in inventory.models}
    return found if found is not None and (found.model_id, found.quant) in here else None


def model_for(kind: TaskKind, inventory: ModelInventory) -> str:
    """Return the id of the model for a kind of task. The chosen one, else the smallest of ``inventory``."""
    found = chosen(kind, inventory)
    return found.model_id if found is not None else inventory.models[0].entry.id

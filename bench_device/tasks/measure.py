"""Give every task of some kinds to every model with every template, and time the replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime

from ...config import Config
from ...device import profiles
from ...device.machine import machine_block
from ...engines import EngineName
from ...engines.model_pool import ModelPool
from ...errors import UsageError
from ...models import registry
from ...models.inventory import ModelInventory
from ...models.registry import InstalledModel
from ...models.task_choice import TEMPLATES, TaskKind, Template
from ...plain.model import PlainModel
from ..interruptible import Interruptible
from .prompts import prompt
from .report import TasksReport, report
from .row import TaskRow
from .score import score
from .workload import Task, tasks

Progress = Callable[[int, int, str], None]


def measure(
    models: Sequence[str],
    *,
    kinds: Sequence[TaskKind],
    engine: EngineName = "auto",
    profile: str = "auto",
    n_threads: int | None = None,
    limit: int | None = None,
    seed: int = 0,
    on_progress: Progress = lambda done, total, what: None,
) -> TasksReport:
    """Give tasks of some kinds to ``models``, which are ids or ``.gguf`` files, and report scores and times.

    Decoding is greedy. ``models`` empty: all installed ones that have a chat format, but no synthetic ones. ``limit``:
    tasks of each kind; None: all. Ctrl-C ends the run with the tasks that every model was given. Raises UsageError if
    there is no such model, and the errors of loading.
    """
    chosen = _models(models)
    detected = profiles.choose(profile)
    given = {kind: tasks(kind)[:limit] for kind in kinds}
    total, done = len(chosen) * len(TEMPLATES) * sum(map(len, given.values())), 0
    rows: list[TaskRow] = []
    engine_name = ""
    with Interruptible() as stop:
        for model in chosen:
            inventory = ModelInventory((model,), detected, n_threads)
            with closing(ModelPool(engine, Config(state_disk_bytes=0))) as pool:
                plain = PlainModel(inventory, pool, model.entry.id)
                for kind, template, task in _cells(given):
                    on_progress(done, total, f"{model.entry.id} {kind} {template}")
                    rows.append(_row(plain, model, kind, template, task))
                    done += 1
                engine_name = pool.engine_name
    stop.require(rows)
    return report(
        rows,
        machine=machine_block(detected.device),
        engine=engine_name,
        n_threads=n_threads,
        seed=seed,
        timestamp=datetime.now(UTC).isoformat(timespec="seconds"),
        interrupted=stop.came,
    )


def _models(names: Sequence[str]) -> tuple[InstalledModel, ...]:
    if names:
        found = tuple(registry.resolve(name) for name in names)
        without = [model.entry.id for model in found if not model.entry.chat_format]
        if without:
            raise UsageError(f"{', '.join(without)} has no chat format: name other models")
    else:
        found = tuple(model for model in registry.all_installed() if model.entry.chat_format and not model.synthetic)
        if not found:
            raise UsageError("no model is installed: run  sanderling models pull MODEL")
    return tuple(sorted(dict.fromkeys(found), key=lambda model: model.bytes))


def _cells(given: dict[TaskKind, tuple[Task, ...]]) -> Iterator[tuple[TaskKind, Template, Task]]:
    """Yield the templates of a task one after the other, each time in another order, so that drift meets both."""
    for kind, those in given.items():
        for number, task in enumerate(those):
            for template in TEMPLATES if number % 2 == 0 else TEMPLATES[::-1]:
                yield kind, template, task


def _row(plain: PlainModel, model: InstalledModel, kind: TaskKind, template: Template, task: Task) -> TaskRow:
    asked = prompt(kind, template, task)
    reply = plain.chat(
        asked.messages, max_tokens=asked.max_tokens, temperature=0.0, seed=0, json_schema=asked.json_schema
    )
    return TaskRow(
        kind=kind,
        task=task.id,
        model_id=model.entry.id,
        quant=model.quant,
        bytes=model.bytes,
        template=template,
        reply=reply.text,
        score=score(kind, task, reply.text),
        prompt_tokens=reply.prompt_tokens,
        reply_tokens=len(reply.tokens),
        ms=reply.prefill_ms + reply.decode_ms,
    )

"""Ask one model a workload's questions end to end, through a runtime that holds only this model.

Each question is asked greedily and on its own, after a warm-up question that does not count. The model is reloaded
before any question is repeated: otherwise its cached prompt would make the repetition unrealistically fast.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec.structs import replace

from ...errors import SanderlingError
from ...models import registry
from ...records import Answer, Record
from ...runtime import Runtime
from ..answers.measure import MAX_TOKENS
from ..interruptible import Interruptible
from ..isolated import open_isolated
from ..matrix.matrix import Progress
from ..matrix.subjects import Subject
from ..metrics import quality
from ..scenarios.scenarios import ScenarioRequest, in_turn
from ..sensors import Watch
from ..sensors.reading import Reading
from ..workloads import Question, Workload, document_id
from .options import RunOptions

WARM_UP = "What else is there to know?"
"""The warm-up question. It belongs to no workload, so no counted question finds its prompt cached."""


class Requests(Record):
    """The results of all requests to one model."""

    done: tuple[ScenarioRequest, ...]
    readings: tuple[Reading, ...]
    interrupted: bool
    """Whether Ctrl-C ended the questions."""


class Questions:
    """A workload's questions, and the memory of its notes."""

    def __init__(self, work: Workload, memory: Path, wanted: RunOptions, n_threads: int | None) -> None:
        """``memory``: path of a file that :meth:`read_notes` creates. ``n_threads`` None: the profile's number."""
        self.work = work
        self._memory, self._wanted, self._n_threads = memory, wanted, n_threads

    def read_notes(self, subject: Subject, on_progress: Progress) -> None:
        """Ingest the notes into the memory.

        The choice of the model has no effect.

        Raises the errors of opening a runtime.
        """
        with self._open(subject) as runtime:
            runtime.add(
                self.work.notes,
                on_progress=lambda step: on_progress(step.done_bytes, step.total_bytes, "reading notes"),
            )

    def ask(self, subject: Subject, out_of_time: Callable[[float], bool], on_progress: Progress) -> Requests:
        """Ask one model all questions; see :func:`ask_all`.

        Raises the errors of opening a runtime and of the warm-up question.
        """
        with self._open(subject) as runtime:
            return ask_all(
                runtime,
                self.work,
                subject.label,
                self._wanted.requests,
                out_of_time=out_of_time,
                on_progress=lambda done, total: on_progress(done, total, f"{subject.label} questions"),
            )

    def _open(self, subject: Subject) -> Runtime:
        """Open a runtime with the subject's model, by id if the id stands for the same file, otherwise by path."""
        for name in (*([subject.id] if subject.id in registry.entries() else []), str(subject.model.path)):
            runtime = open_isolated(
                self._memory, name, self._wanted.engine, profile=self._wanted.profile, n_threads=self._n_threads
            )
            if runtime._inventory.models[0].path == subject.model.path:
                break
            runtime.close()
        return runtime


def ask_all(
    runtime: Runtime,
    work: Workload,
    label: str,
    requests: int | None,
    *,
    out_of_time: Callable[[float], bool] = lambda needed_s: False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Requests:
    """Ask the only model of ``runtime`` the questions of ``work``, until all are done or Ctrl-C is pressed.

    ``label``: the model's name in the report. ``requests``: as for
    :func:`~sanderling.bench_device.scenarios.scenarios.in_turn`. ``out_of_time``: called before each question with the
    seconds of the slowest question of its scenario. A SanderlingError fails only its own request, except in the
    warm-up, where it is raised.
    """
    queue = in_turn(work, requests)
    (model,) = runtime._inventory.models
    done: list[ScenarioRequest] = []
    readings: list[Reading] = []
    slowest_s: dict[str, float] = {}
    with Interruptible() as stop:
        for part in without_repeats(queue):
            runtime._pool.unload(model.entry.id)
            runtime.ask(WARM_UP, temperature=0, max_tokens=MAX_TOKENS, cache=False)
            worker, _ = runtime._pool.worker(runtime._inventory.load_spec(model.entry.id))
            with Watch(worker.pid, readings):
                for scenario, number, question in part:
                    if out_of_time(slowest_s.get(scenario, 0.0)):
                        return Requests(done=tuple(done), readings=tuple(readings), interrupted=False)
                    blank = ScenarioRequest(
                        label=label, scenario=scenario, question_id=question.id, round=number, began_s=time.time()
                    )
                    began = time.perf_counter()
                    done.append(_ask(runtime, work, question, blank))
                    slowest_s[scenario] = max(slowest_s.get(scenario, 0.0), time.perf_counter() - began)
                    on_progress(len(done), len(queue))
    return Requests(done=tuple(done), readings=tuple(readings), interrupted=stop.came)


def without_repeats(queue: Sequence[tuple[str, int, Question]]) -> list[list[tuple[str, int, Question]]]:
    """Cut a queue into as few parts as possible, so that no part contains a question twice."""
    parts: list[list[tuple[str, int, Question]]] = []
    seen: set[str] = set()
    for each in queue:
        if not parts or each[2].id in seen:
            parts.append([])
            seen.clear()
        seen.add(each[2].id)
        parts[-1].append(each)
    return parts


def _ask(runtime: Runtime, work: Workload, question: Question, blank: ScenarioRequest) -> ScenarioRequest:
    """Ask one question; return ``blank`` with the results filled in."""
    try:
        answer = runtime.ask(question.text, temperature=0, max_tokens=MAX_TOKENS, cache=False)
    except SanderlingError as error:
        return replace(blank, error=f"{type(error).__name__}: {error}")
    return replace(
        blank,
        timings_ms=answer.timings_ms,
        tokens=answer.tokens,
        text=answer.text,
        found=_found(answer, work, question),
        contains=quality.contains(answer.text, question.answers) == 1.0,
    )


def _found(answer: Answer, work: Workload, question: Question) -> bool:
    shown = [document_id(note.uri, work.notes) for note in answer.sources]
    return quality.all_at(max(len(shown), 1), shown, question.gold) == 1.0

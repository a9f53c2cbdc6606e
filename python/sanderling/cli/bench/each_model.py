"""Measures several models one after another.

Several commands of ``sanderling bench`` use it. They are ``parity``, ``state``, ``contention``, ``concurrency`` and
``reuse --speed``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from .. import interrupt, output

if TYPE_CHECKING:
    from ...bench_device.engine.concurrency import ConcurrencyReport
    from ...bench_device.engine.contention import ContentionReport
    from ...bench_device.engine.note_states_speed import NoteStatesReport
    from ...bench_device.engine.parity import ParityReport
    from ...bench_device.engine.state_reuse import StateReport
    from ...bench_device.engine.subject import EngineReport

_Report = TypeVar("_Report", "ParityReport", "StateReport", "ContentionReport", "ConcurrencyReport", "NoteStatesReport")
ModelsOption = Annotated[list[str], typer.Option("--model", help="A model id or .gguf file; may be given again.")]


def measured(title: str, measure: Callable[..., _Report], models: list[str], json: bool) -> Iterator[_Report]:
    """Measure each model, and yield its report.

    If ``json`` is set, the report is printed instead. The machine is printed once, before the first report that is
    yielded.
    """
    from ..progress import bar

    for number, name in enumerate(models):
        with bar(title) as advance:
            report = measure(name, on_progress=advance)
        if json:
            output.json_line(report)
        else:
            if number == 0:
                output.facts(report.machine)
            yield report
        interrupt.show_end(report.interrupted)


def setting(report: EngineReport) -> str:
    """Return one line with the model and the settings of ``report``."""
    from ...models.gguf import SYNTHETIC

    mark = f" ({SYNTHETIC})" if report.synthetic else ""
    return (
        f"{report.model_id} {report.quant}{mark}, {report.engine}, {report.n_threads} threads"
        f" ({report.n_threads_prefill} prefill), batch {report.n_batch}, context {report.n_ctx}"
    )

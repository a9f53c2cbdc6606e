"""``sanderling bench tasks``: find the smallest sufficient model for each kind of task.

And the prompt template that suffices.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...errors import UsageError
from .. import interrupt, options, output

EXAMPLES = (
    "Examples:  sanderling bench tasks"
    "   |   sanderling bench tasks --kind extraction --model lfm2-350m --model lfm2-700m --limit 12"
)


def tasks(
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="A model id or .gguf file; may be given again. Default: all installed models."),
    ] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind", help="classification, extraction, answers or summaries; may be given again. Default: all."
        ),
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N tasks of each kind.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the bootstrap.")] = 0,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    raw: Annotated[Path | None, typer.Option(help="Write one JSON line per reply to this file.")] = None,
    keep: Annotated[
        bool, typer.Option("--keep/--no-keep", help="Keep the choices, which summaries and JSON answers then follow.")
    ] = True,
    json: options.JsonOption = False,
) -> None:
    """Choose the smallest sufficient model and prompt template for four kinds of tasks.

    Each task is given to every model with the standard template and with the minimal one. A model suffices if the lower
    end of its difference to the best one is within .05. A run that Ctrl-C ends keeps no choice.
    """
    import msgspec

    from ...bench_device.tasks.measure import measure
    from ...models import task_choice
    from ..progress import bar

    options.require_writable(raw)
    known = task_choice.TASK_KINDS
    if unknown := [each for each in kind or () if each not in known]:
        raise UsageError(f"{unknown[0][:80]!r} is no kind of task: choose from {', '.join(known)}")
    with bar("tasks") as advance:
        report = measure(
            model or (),
            kinds=tuple(each for each in known if not kind or each in kind),
            engine=engine,
            profile=profile,
            n_threads=threads,
            limit=limit,
            seed=seed,
            on_progress=advance,
        )
    if raw is not None:
        write_whole(raw, "".join(f"{msgspec.json.encode(each).decode()}\n" for each in report.rows))
    kept = keep and not report.interrupted
    if kept:
        task_choice.record(report.choices, report.unfit)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + report.to_markdown())
        if kept:
            output.line(f"kept in {task_choice.path()}")
    interrupt.show_end(report.interrupted)

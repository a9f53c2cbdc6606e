"""The option ``--systems``: measure complete systems, one after another.

``sanderling bench scenarios`` and ``sanderling bench answers`` have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...disk.files import content
from ...errors import UsageError
from .. import interrupt, options, output

SystemsOption = Annotated[
    str | None,
    typer.Option(
        "--systems",
        help="Ask whole systems the same questions in turn: all, or some of routed,naive,big,big-1536,mid,small.",
    ),
]
RouterOption = Annotated[
    str | None,
    typer.Option("--router", help="Of the routed system: rule (the default), shipped, learned, or a weights file."),
]
EveryOption = Annotated[
    list[str] | None,
    typer.Option("--every", help="With --systems: SYSTEM=N asks it each Nth question of a set only; may be repeated."),
]
QuestionsOption = Annotated[
    Path | None,
    typer.Option(
        "--questions",
        help="With --systems: ask only the ids SET/QUESTION in this file, one a line, such as those held out from"
        " --router's training; the report is of all rows in --raw.",
    ),
]
DataOption = Annotated[
    list[str] | None,
    typer.Option(
        "--workload",
        "--data",
        help="station (the default), vault, a folder in BEIR layout, or with --systems log: your own rated questions."
        " With --systems it may be given again.",
    ),
]


def refuse_without_systems(**given: object) -> None:
    """Raise UsageError if an option is given that only ``--systems`` reads. ``given``: its values, by its name."""
    if names := [f"--{name}" for name, value in given.items() if value not in (None, [])]:
        raise UsageError(f"{', '.join(names)} without --systems: leave out, or add  --systems all")


def run_systems(
    systems: str,
    data: Sequence[str],
    *,
    model: Sequence[str],
    ladder: str | None,
    router: str | None,
    engine: Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp"],
    profile: str,
    threads: int | None,
    limit: int | None,
    sample: int | None,
    seed: int,
    raw: Path | None,
    every: Sequence[str],
    questions: Path | None,
    json: bool,
) -> None:
    """Measure the systems named in ``systems``, and print the report. Raises what the measurement raises."""
    from ...bench_device.systems.measure import measure_systems
    from ...bench_device.systems.open_system import Settings
    from ...bench_device.systems.options import SystemsOptions
    from ...bench_device.systems.system import models_of, names_in
    from ..progress import bar

    options.require_writable(raw)
    wanted = SystemsOptions(
        data=tuple(data),
        models=models_of(model, ladder, profile),
        names=names_in(systems),
        router=router or "rule",
        every=options.counts("--every", every, "SYSTEM=N, such as big-1536=4"),
        questions=None if questions is None else _ids(questions),
        settings=Settings(engine=engine, profile=profile, n_threads=threads),
        limit=limit,
        sample=sample,
        seed=seed,
        raw=raw,
    )
    with bar("systems") as advance:
        report = measure_systems(wanted, advance)
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text(report.to_markdown())
    interrupt.show_end(report.interrupted)


def _ids(path: Path) -> frozenset[str]:
    try:
        found = frozenset(content(path).decode().split())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read ({error}): name a file with one SET/QUESTION a line") from error
    if not found:
        raise UsageError(f"{path} names no question: write one SET/QUESTION a line")
    return found

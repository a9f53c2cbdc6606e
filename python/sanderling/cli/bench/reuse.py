"""``sanderling bench reuse``: test whether a model may reuse stored states of notes.

The time saved is measured too.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from ...errors import UsageError
from ...ranges import Range
from .. import interrupt, options, output
from .each_model import ModelsOption, measured, setting

if TYPE_CHECKING:
    from ...engines import EngineName

EXAMPLES = "Example:  sanderling bench reuse --model qwen2.5-coder-0.5b --data station --data sets/hotpot"


def reuse(
    model: ModelsOption,
    workload: Annotated[
        list[str] | None,
        typer.Option(
            "--workload", "--data", help="station (the default), vault, or a folder in BEIR layout; may be repeated."
        ),
    ] = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions of each.")] = None,
    sample: Annotated[int | None, options.number(ranges.COUNT, help="Only N of each, drawn with --seed.")] = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the sample and the bootstrap.")] = 0,
    speed: Annotated[
        bool, typer.Option("--speed", help="Only time the first token, with known states and without; store nothing.")
    ] = False,
    context_tokens: Annotated[
        int, options.number(Range(64, 1 << 20), help="With --speed: tokens of notes in the prompt.")
    ] = 500,
    rounds: Annotated[int, options.number(ranges.REPETITIONS, help="With --speed: rounds.")] = 3,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    raw: Annotated[
        Path | None, typer.Option(help="Write one JSON line per answer to this file; an ended run goes on from it.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Compare a model's answers with and without stored states of notes.

    The verdict is stored.

    note_states_bytes of config.toml has effect only with models that this command has allowed: the lower end of the
    interval of F1's difference must lie above -.03, over at least 100 questions.
    """
    options.require_writable(raw)
    if speed:
        if workload or raw or limit or sample:
            raise UsageError("--speed asks no questions: leave --data, --limit, --sample and --raw out")
        _speed(model, engine, profile, threads, context_tokens, rounds, json)
        return
    from ...bench_device.answers.reuse import compare
    from ..progress import bar

    for name in model:
        with bar("reuse") as advance:
            report = compare(
                name,
                tuple(dict.fromkeys(workload or ("station",))),
                engine=engine,
                profile=profile,
                n_threads=threads,
                limit=limit,
                sample=sample,
                seed=seed,
                raw=raw,
                on_progress=advance,
            )
        if json:
            output.json_line(report)
        else:
            output.facts(report.machine)
            output.text(report.to_markdown())
        interrupt.show_end(report.interrupted)


def _speed(
    models: list[str],
    engine: EngineName,
    profile: str,
    threads: int | None,
    context_tokens: int,
    rounds: int,
    json: bool,
) -> None:
    from ...bench_device.engine.note_states_speed import measure

    measure_one = partial(
        measure, engine=engine, profile=profile, n_threads=threads, context_tokens=context_tokens, rounds=rounds
    )
    for report in measured("reuse", measure_one, models, json):
        output.line()
        output.line(
            f"{setting(report)}; first token {report.speedup:.1f} times sooner with known states of notes,"
            f" {report.cpu_speedup:.1f} times by processor time (medians)"
        )
        output.table(
            ("NOTES", "WHOLE ms", "CPU ms", "FIRST USE ms", "CPU ms", "KNOWN ms", "CPU ms", "AS COMPUTED ANEW"),
            [
                (
                    f"{each.context_tokens} tokens",
                    f"{each.whole_ms:,.0f}",
                    f"{each.whole_cpu_ms:,.0f}",
                    f"{each.first_use_ms:,.0f}",
                    f"{each.first_use_cpu_ms:,.0f}",
                    f"{each.known_ms:,.0f}",
                    f"{each.known_cpu_ms:,.0f}",
                    "bit for bit" if each.same else "DIFFERENT",
                )
                for each in report.samples
            ],
        )

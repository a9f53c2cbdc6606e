"""``sanderling bench ask``: time each stage of answering questions about one note.

Another version of Sanderling can be timed beside this one.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from .. import interrupt, options, output

EXAMPLES = "Example:  sanderling bench ask --model smollm2-135m --way warm --against ../sanderling-0.2"


def ask(
    model: Annotated[
        list[str] | None, typer.Option("--model", help="A model id or .gguf file; may be given again.")
    ] = None,
    ladder: Annotated[
        list[str] | None, typer.Option("--ladder", help="A ladder to choose from; may be given again.")
    ] = None,
    profile: Annotated[
        list[str] | None, typer.Option("--profile", help="Device profile; may be given again. Default: auto.")
    ] = None,
    way: Annotated[
        list[str] | None,
        typer.Option(help="cold: a process per question; warm: one for all; busy: beside others. Default: all three."),
    ] = None,
    against: Annotated[
        Path | None, typer.Option(help="Another Sanderling: a source tree, a virtual environment or a Python.")
    ] = None,
    workload: Annotated[
        str, typer.Option("--set", "--workload", help="station, vault, or a folder in BEIR layout.")
    ] = "station",
    questions: Annotated[
        int, options.number(ranges.COUNT, help="One-note questions, drawn with --seed if there are more.")
    ] = 40,
    max_tokens: options.MaxTokensOption = 64,
    engine: options.EngineOption = "auto",
    threads: options.ThreadsOption = None,
    seed: Annotated[int, options.number(ranges.SEED, help="Seed of the sample and the bootstrap.")] = 0,
    raw: Annotated[Path | None, typer.Option(help="Write the whole report, with all samples, to this file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Time each stage of answering questions about one note: cold, warm, and on a busy device.

    Judges the latency target, and computes the time on phones from their profiles. With --against another version is
    asked the same questions in turn, and the ratio is shown.
    """
    import msgspec

    from ...bench_device.ask.markdown import markdown
    from ...bench_device.ask.measure import measure
    from ...bench_device.ask.options import AskOptions, chosen_ways
    from ..progress import bar

    options.require_writable(raw)
    wanted = AskOptions(
        models=tuple(dict.fromkeys(model or ())),
        ladders=tuple(dict.fromkeys(ladder or ())),
        profiles=tuple(dict.fromkeys(profile or ("auto",))),
        ways=chosen_ways(way or ()),
        against=against,
        engine=engine,
        n_threads=threads,
        workload=workload,
        questions=questions,
        max_tokens=max_tokens,
        seed=seed,
    )
    with bar("ask") as advance:
        report = measure(wanted, advance)
    if raw is not None:
        write_whole(raw, msgspec.json.encode(report).decode() + "\n")
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        output.text("\n" + markdown(report))
    interrupt.show_end(report.interrupted)

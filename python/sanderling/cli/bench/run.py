"""Shared by three ``sanderling bench`` commands: their options, and the function that runs the benchmark.

The commands are ``sanderling bench`` itself, ``bench model`` and ``bench scenarios``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...errors import UsageError
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.report.run import Run
    from ...bench_device.run.options import RunOptions

ModelsOption = Annotated[
    list[str] | None,
    typer.Option("--model", help="A model id or .gguf file; may be given again. Default: all that are here."),
]
QuantOption = Annotated[
    list[str] | None, typer.Option("--quant", help="Only this quantization; may be given again. Default: all.")
]
ThreadsOption = Annotated[
    list[str] | None,
    typer.Option("--threads", "-t", help="Such as 1,2,4. Default: what the device profile says, and a sweep."),
]
TestsOption = Annotated[str, typer.Option("--tests", help="ppN: a prompt of N tokens; tgN: N tokens generated.")]
RepetitionsOption = Annotated[
    int, options.number(ranges.REPETITIONS, "--repetitions", "-r", help="Counted repetitions, after a warm-up.")
]
WorkloadOption = Annotated[str, typer.Option("--workload", help="station, vault, or a folder in BEIR layout.")]
RequestsOption = Annotated[
    int | None,
    options.number(ranges.COUNT, "--requests", help="Questions per scenario; P99 needs 100. Default: each once."),
]
QuickOption = Annotated[bool, typer.Option("--quick", help="At most 3 minutes: parts left out are named.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write a report with plots to this file.")]
RawOption = Annotated[Path | None, typer.Option("--raw", help="Write all samples to this file, for bench compare.")]

TESTS = "pp512,pp2048,tg128"


def chosen_options(
    model: list[str] | None,
    quant: list[str] | None,
    engine: Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp"],
    profile: str,
    threads: list[str] | None,
    tests: str,
    repetitions: int,
    workload: str,
    requests: int | None,
    *,
    quick: bool,
) -> RunOptions:
    """Return the settings of a run from the command's options.

    ``quick``: cut it to three minutes. Raises UsageError for bad counts or tests.
    """
    from ...bench_device.matrix.shape import parse
    from ...bench_device.run.options import RunOptions

    return RunOptions(
        models=tuple(model or ()),
        quants=tuple(quant or ()),
        engine=engine,
        profile=profile,
        threads=_numbers(threads or []),
        shapes=parse(tests),
        repetitions=repetitions,
        quick=quick,
        workload=workload,
        requests=requests,
    )


def _keep(done: Run) -> None:
    """Save the run's main figures for the page of ``sanderling serve``. If the disk is full, one warning is printed."""
    from ...bench_device.report.short import short
    from ...device import last_benchmark

    found = short(done)
    if not found.models:
        return
    try:
        last_benchmark.keep(found)
    except OSError as error:
        output.warn(f"the figures are not kept for the page of `sanderling serve`: {error.strerror or error}")


def _numbers(texts: list[str]) -> tuple[int, ...]:
    """Parse comma-separated counts without duplicates. Raises UsageError for anything else."""
    counts = [ranges.THREADS.read(part) for text in texts for part in text.split(",")]
    if None in counts:
        raise UsageError(
            f"--threads {','.join(texts)[:80]}: write counts between commas, such as 1,2,4; each is {ranges.THREADS}"
        )
    return tuple(dict.fromkeys(int(count) for count in counts if count is not None))


def run(chosen: RunOptions, html_file: Path | None, raw_file: Path | None, form: str) -> None:
    """Run the benchmark and write its results.

    ``html_file``, ``raw_file`` None: no file. ``form``: md, json (the whole run), or ``rows`` and a format of
    llama-bench's.
    """
    from ...bench_device.matrix import tables
    from ...bench_device.report.html import html
    from ...bench_device.report.markdown import markdown
    from ...bench_device.run.benchmark_run import benchmark
    from ..progress import bar

    for target in (html_file, raw_file):
        options.require_writable(target)
    with bar("bench") as advance:
        done = benchmark(chosen, advance)
    _keep(done)
    if html_file is not None:
        write_whole(html_file, html(done))
    if raw_file is not None:
        write_whole(raw_file, done.jsonl())
    if form == "json":
        output.json_line(done)
    elif form == "md":
        output.facts(done.machine)
        output.text("\n" + markdown(done))
    else:
        write = {"csv": tables.to_csv, "json": tables.to_json, "jsonl": tables.to_jsonl}[form.split()[1]]
        write_out = output.part if write is tables.to_csv else output.json_text
        write_out(write(done.rows, done.machine))
    interrupt.show_end(done.interrupted)

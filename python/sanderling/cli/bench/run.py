"""``sanderling bench`` itself, and its parts: ``bench model``, ``bench scenarios``, ``bench compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from ...disk.whole_file import write_whole
from ...errors import UsageError
from .. import interrupt, options, output

if TYPE_CHECKING:
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
    int, options.number(ranges.REPETITIONS, "--repetitions", "-r", help="Counted, after one to warm up.")
]
WorkloadOption = Annotated[str, typer.Option("--workload", help="station, or a folder in BEIR layout.")]
RequestsOption = Annotated[
    int | None,
    options.number(ranges.COUNT, "--requests", help="Questions per scenario; P99 needs 100. Default: each once."),
]
QuickOption = Annotated[bool, typer.Option("--quick", help="At most 3 minutes: what does not fit is cut, and named.")]
HtmlOption = Annotated[Path | None, typer.Option("--html", help="Write a report with plots to this file.")]
RawOption = Annotated[Path | None, typer.Option("--raw", help="Write all samples to this file, for bench compare.")]

TESTS = "pp512,pp2048,tg128"


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``bench``."""
    app.callback(invoke_without_command=True)(everything)
    app.command("model", epilog="Example:  sanderling bench model --model lfm2-350m --threads 1,2,4 -o csv")(model)
    app.command("scenarios", epilog="Example:  sanderling bench scenarios --model lfm2-350m --requests 100")(scenarios)
    app.command("compare", epilog="Example:  sanderling bench compare before.jsonl after.jsonl")(compare)


def everything(
    context: typer.Context,
    model: ModelsOption = None,
    quant: QuantOption = None,
    quick: QuickOption = False,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: ThreadsOption = None,
    tests: TestsOption = TESTS,
    repetitions: RepetitionsOption = 5,
    workload: WorkloadOption = "station",
    requests: RequestsOption = None,
    html: HtmlOption = None,
    raw: RawOption = None,
    json: options.JsonOption = False,
) -> None:
    """Measure this device: models, quantizations, threads, and questions from end to end.

    Every figure comes with its machine, settings and samples. Calibrates what profiles, fit and router predict.
    """
    if context.invoked_subcommand is not None:
        sources = {name: context.get_parameter_source(name) for name in context.params}
        given = [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
        if given:
            raise UsageError(f"--{given[0]} stands before {context.invoked_subcommand}: write it behind")
        return
    wanted = _wanted(model, quant, engine, profile, threads, tests, repetitions, workload, requests, quick=quick)
    _run(wanted, html, raw, "json" if json else "md")


def model(
    model: ModelsOption = None,
    quant: QuantOption = None,
    quick: QuickOption = False,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: ThreadsOption = None,
    tests: TestsOption = TESTS,
    repetitions: RepetitionsOption = 5,
    form: Annotated[
        Literal["md", "csv", "json", "jsonl"], typer.Option("--output", "-o", help="Rows as llama-bench writes them.")
    ] = "md",
    html: HtmlOption = None,
    raw: RawOption = None,
    json: options.JsonOption = False,
) -> None:
    """Speed, load time and resident memory of models; the result calibrates this device's predictions."""
    import msgspec

    wanted = _wanted(model, quant, engine, profile, threads, tests, repetitions, "station", None, quick=quick)
    wanted = msgspec.structs.replace(wanted, scenarios=False)
    _run(wanted, html, raw, "json" if json else f"rows {form}" if form != "md" else "md")


def scenarios(
    model: ModelsOption = None,
    quant: QuantOption = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    workload: WorkloadOption = "station",
    requests: RequestsOption = None,
    html: HtmlOption = None,
    raw: RawOption = None,
    json: options.JsonOption = False,
) -> None:
    """Questions from end to end: latency, where it goes, how often the answer is right, and the mission's target."""
    import msgspec

    given = [str(threads)] if threads is not None else None
    wanted = _wanted(model, quant, engine, profile, given, TESTS, 5, workload, requests, quick=False)
    _run(msgspec.structs.replace(wanted, matrix=False), html, raw, "json" if json else "md")


def compare(
    a: Annotated[Path, typer.Argument(help="A run, written with --raw.")],
    b: Annotated[Path, typer.Argument(help="Another one.")],
    anyway: Annotated[bool, typer.Option("--anyway", help="Also where settings differ; they are listed.")] = False,
    seed: Annotated[int, options.number(ranges.SEED, help="Of the bootstrap.")] = 0,
    json: options.JsonOption = False,
) -> None:
    """Two runs, row by row: B over A with a bootstrap interval. Refuses runs that were set up otherwise."""
    from ...bench_device.compare import compare as compare_runs
    from ...bench_device.report.run import read

    found = compare_runs(read(a), read(b), anyway=anyway, seed=seed)
    if json:
        output.json_line(found)
    else:
        output.text(found.to_markdown())


def _wanted(
    model: list[str] | None,
    quant: list[str] | None,
    engine: Literal["auto", "llama_cpp", "xllamacpp"],
    profile: str,
    threads: list[str] | None,
    tests: str,
    repetitions: int,
    workload: str,
    requests: int | None,
    *,
    quick: bool,
) -> RunOptions:
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


def _numbers(texts: list[str]) -> tuple[int, ...]:
    """Read counts between commas. Raises UsageError for anything else."""
    counts = [ranges.THREADS.read(part) for text in texts for part in text.split(",")]
    if None in counts:
        raise UsageError(
            f"--threads {','.join(texts)[:80]}: write counts between commas, such as 1,2,4; each is {ranges.THREADS}"
        )
    return tuple(dict.fromkeys(int(count) for count in counts if count is not None))


def _run(wanted: RunOptions, html: Path | None, raw: Path | None, form: str) -> None:
    """Run and write. ``form``: md, json (the whole run), or ``rows`` and a format of llama-bench's."""
    from ...bench_device.matrix import tables
    from ...bench_device.report.html import html as page
    from ...bench_device.report.markdown import markdown
    from ...bench_device.run.benchmark_run import benchmark
    from ..progress import bar

    for target in (html, raw):
        options.require_writable(target)
    with bar("bench") as advance:
        run = benchmark(wanted, advance)
    if html is not None:
        write_whole(html, page(run))
    if raw is not None:
        write_whole(raw, run.jsonl())
    if form == "json":
        output.json_line(run)
    elif form == "md":
        output.facts(run.machine)
        output.text("\n" + markdown(run))
    else:
        write = {"csv": tables.to_csv, "json": tables.to_json, "jsonl": tables.to_jsonl}[form.split()[1]]
        say = output.piece if write is tables.to_csv else output.json_text
        say(write(run.rows, run.machine))
    interrupt.show_end(run.interrupted)

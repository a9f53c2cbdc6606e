"""``sanderling bench``: what this device can do, measured on it."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Literal

import typer

from . import options, output

app = typer.Typer(
    help="Measure this device; every figure comes with its machine, settings and samples.", no_args_is_help=True
)

ModelsOption = Annotated[list[str], typer.Option("--model", help="A model id or .gguf file; may be given again.")]


@app.command("model", epilog="Example:  sanderling bench model --model lfm2-350m --threads 4")
def model(
    model: ModelsOption,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    prompt_tokens: Annotated[int, typer.Option(min=1, help="Tokens of the prompt.")] = 512,
    decode_tokens: Annotated[int, typer.Option(min=2, help="Tokens generated.")] = 128,
    repetitions: Annotated[int, typer.Option(min=1, help="Counted repetitions, after one warm-up.")] = 5,
    json: options.JsonOption = False,
) -> None:
    """Prefill and decode speed and resident memory; the result calibrates this device's predictions."""
    from sanderling.bench_device.speed import measure

    from .progress import bar

    for number, name in enumerate(model):
        with bar("bench") as advance:
            report = measure(
                name,
                engine=engine,
                profile=profile,
                n_threads=threads,
                prompt_tokens=prompt_tokens,
                decode_tokens=decode_tokens,
                repetitions=repetitions,
                on_progress=advance,
            )
        if json:
            output.json_line(report)
            continue
        if number == 0:
            output.facts(report.machine)
        typer.echo(
            f"\n{report.model_id} {report.quant}, {output.mebibytes(report.model_bytes)}, {report.engine},"
            f" {report.n_threads} threads ({report.n_threads_prefill} prefill), context {report.n_ctx},"
            f" load {report.load_ms:,.0f} ms, median of {len(report.samples)}:"
        )
        output.table(
            (f"pp{report.prompt_tokens} t/s", f"tg{report.decode_tokens} t/s", "TTFT ms", "PEAK RSS"),
            [
                (
                    f"{report.prefill_tokens_per_s:.1f}",
                    f"{report.decode_tokens_per_s:.1f}",
                    f"{report.ttft_ms:,.0f}",
                    output.mebibytes(report.peak_rss_bytes),
                )
            ],
        )
        typer.echo("raw pp: " + " ".join(f"{sample.prefill_tokens_per_s:.1f}" for sample in report.samples))
        typer.echo("raw tg: " + " ".join(f"{sample.decode_tokens_per_s:.1f}" for sample in report.samples))


@app.command("answers", epilog="Example:  sanderling bench answers --model smollm2-135m --model qwen2.5-coder-0.5b")
def answers(
    model: ModelsOption,
    workload: Annotated[str, typer.Option(help="station, or a folder in BEIR layout.")] = "station",
    context: Annotated[
        # As records.ContextBin; that module needs numpy, for which `--help` would wait.
        Literal["small", "medium", "large"] | None,
        typer.Option(help="Fix the context size; default: the router's choice."),
    ] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N questions.")] = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    raw: Annotated[Path | None, typer.Option(help="Write one JSON line per question to this file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Retrieval recall and answer quality (EM, F1, contains) over a workload, greedy, with bootstrap intervals."""
    from sanderling.bench_device.answers import evaluate_models

    from .progress import bar

    options.require_writable(raw)
    with bar("answers") as advance, tempfile.TemporaryDirectory() as folder:
        report = evaluate_models(
            workload,
            model,
            memory=Path(folder) / "bench.sanderling",
            engine=engine,
            profile=profile,
            n_threads=threads,
            context=context,
            limit=limit,
            on_progress=advance,
        )
    if raw is not None:
        raw.write_text(report.raw_jsonl())
    if json:
        output.json_line(report)
    else:
        output.facts(report.machine)
        typer.echo(report.to_markdown())


@app.command("demo", epilog="Example:  sanderling bench demo")
def demo(
    model: options.ModelOption = "smollm2-135m",
    memory: Annotated[
        Path | None, typer.Option("--memory", "-m", help="Keep the memory here; default: thrown away.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Read the notes of a fictional polar station and ask three questions of a real model.

    With --json one answer per line.
    """
    from sanderling.bench_device.demo import demo as show_demo

    from .ask import show

    with tempfile.TemporaryDirectory() as folder:
        show_demo(
            memory or Path(folder) / "station.sanderling",
            model or "smollm2-135m",
            say=lambda text: typer.echo(text, err=json),
            stream=None if json else lambda text: typer.echo(text, nl=False),
            show=output.json_line if json else show,
        )

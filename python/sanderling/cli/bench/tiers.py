"""``sanderling bench tiers``: compare this device with and without its tiers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ... import ranges
from .. import options, output

if TYPE_CHECKING:
    from ...bench_device.tiers.compare import TiersReport

EXAMPLES = "Examples:  sanderling bench tiers --limit 20   |   sanderling bench tiers --throughput"


def tiers(
    workload: Annotated[
        str, typer.Option("--workload", "--data", help="station, vault, or a folder in BEIR layout.")
    ] = "station",
    ladder: options.LadderOption = None,
    model: options.ModelOption = None,
    privacy: Annotated[
        Literal["own", "any"], typer.Option(help="Which tiers of config.toml may answer; notes of the workload leave.")
    ] = "own",
    budget_ms: options.BudgetOption = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="Only the first N questions.")] = None,
    throughput: Annotated[
        bool, typer.Option("--throughput", help="Ask 1, 2, 4 and 8 questions at once, of a tier and of a model here.")
    ] = False,
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Compare the time and quality of answers with and without this device's tiers.

    The questions are those of a workload. The share that left the device is reported too.
    """
    from ..progress import bar

    if throughput:
        _throughput(workload, ladder, model, limit, profile, threads, json)
        return
    from ...bench_device.tiers.compare import compare

    with bar("tiers") as advance:
        report = compare(
            workload,
            ladder=ladder,
            model=model,
            privacy=privacy,
            budget_ms=budget_ms,
            limit=limit,
            profile=profile,
            n_threads=threads,
            on_progress=advance,
        )
    if json:
        output.json_line(report)
    else:
        _show(report)


def _show(report: TiersReport) -> None:
    output.line(f"{report.workload}, {report.ways[0].n} questions; tiers: {report.settings['tiers']}")
    output.table(
        ("PRIVACY", "P50 MS", "P90 MS", "F1", "CONTAINS", "LEFT", "BYTES SENT", "FAILED", "ANSWERED BY"),
        [
            (
                way.name,
                f"{way.wall_ms.p50:,.0f}",
                f"{way.wall_ms.p90:,.0f}",
                f"{way.f1:.2f}",
                f"{way.contains:.2f}",
                f"{way.left_share:.0%}",
                f"{way.sent_bytes:,.0f}",
                str(way.failed),
                ", ".join(f"{name} {count}" for name, count in way.models.items()),
            )
            for way in report.ways
        ],
    )


def _throughput(
    workload: str,
    ladder: str | None,
    model: str | None,
    limit: int | None,
    profile: str,
    threads: int | None,
    json: bool,
) -> None:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from ...bench_device.tiers.compare import tiered_config
    from ...bench_device.tiers.throughput import throughput
    from ...bench_device.workloads import load
    from ...runtime import Runtime
    from ..progress import bar

    questions = [question.text for question in load(workload).questions[: limit or 16]]
    with (
        TemporaryDirectory() as folder,
        Runtime.open(
            Path(folder) / "bench.sanderling",
            ladder=ladder,
            model=model,
            profile=profile,
            n_threads=threads,
            config=tiered_config("any"),
            folder=Path(folder),
        ) as runtime,
        bar("throughput") as advance,
    ):
        loads = throughput(runtime, questions, on_progress=advance)
    if json:
        output.json_line(loads)
        return
    alone = {load.where: load.tokens_per_s for load in loads if load.at_once == 1}
    output.table(
        ("MODEL", "AT ONCE", "ANSWERS", "TOKENS/S", "TO ONE", "FAILED"),
        [
            (
                each.where,
                str(each.at_once),
                str(each.answers),
                f"{each.tokens_per_s:.1f}",
                f"{each.tokens_per_s / alone[each.where]:.2f}" if alone[each.where] else "-",
                str(each.failed),
            )
            for each in loads
        ],
    )

"""``sanderling log``: show, export, rate and forget the telemetry rows of this device."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import ranges
from ..errors import UsageError
from . import options, output

app = typer.Typer(
    invoke_without_command=True,
    epilog="Examples:  sanderling log --tail 20   |   sanderling log --export rows.jsonl   |   sanderling log rate up"
    "   |   sanderling log forget --older-than 30d",
)


@app.callback()
def log(
    context: typer.Context,
    tail: Annotated[int, options.number(ranges.COUNT, "--tail", "-n", help="Show the last N requests.")] = 10,
    export: Annotated[Path | None, typer.Option(help="Write all rows to this file as JSONL.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Show or export what was asked, how it was routed and how long it took. It never leaves the device by itself."""
    if context.invoked_subcommand is not None:
        return
    from ..telemetry.report import summarise
    from ..telemetry.store import TelemetryStore

    options.require_writable(export)
    with TelemetryStore() as store:
        if export is not None:
            count = store.export_jsonl(export)
            if json:
                output.json_line({"rows": count, "path": str(export)})
            else:
                output.line(f"{count} rows written to {export}")
            return
        rows = store.tail(tail)
    if json:
        for row in rows:
            output.json_line(row)
        return
    summary = summarise(rows)
    models = ", ".join(f"{model} {count}" for model, count in summary.routes.items())
    output.line(
        f"{summary.count} requests, median {summary.median_total_ms:,.0f} ms, {summary.share_llm:.0%} of it generating,"
        f" {summary.escalated} escalated, {summary.cached} from the response cache;"
        f" {models or 'no models yet'}"
    )
    output.table(
        ("WHEN", "MODEL", "CONTEXT", "TOTAL MS", "LLM MS", "TOKENS", "QUERY"),
        [
            (
                row.timestamp[:19],
                row.router_decision.model_id,
                str(row.router_decision.context_size),
                f"{row.latency_ms.total:,.0f}",
                f"{row.latency_ms.llm:,.0f}",
                f"{row.tokens.prompt}+{row.tokens.completion}",
                row.query[:48],
            )
            for row in rows
        ],
    )


@app.command("rate", epilog="Examples:  sanderling log rate up   |   sanderling log rate REQUEST-ID 4")
def rate(
    rating: Annotated[
        list[str], typer.Argument(metavar="[ID] SCORE", help="up, down or 1 to 5; without an id, of the last answer.")
    ],
    json: options.JsonOption = False,
) -> None:
    """Rate an answer. A router trained from the log learns from it."""
    from ..telemetry import feedback

    if len(rating) > 2:
        raise UsageError("give one rating: sanderling log rate [ID] up|down|1..5")
    row = feedback.rate(rating[-1], rating[0] if len(rating) == 2 else None)
    if json:
        output.json_line({"request_id": row.request_id, "score": row.quality.score})
    else:
        output.line(f"{row.request_id} by {row.router_decision.model_id}: {row.quality.score:g} of 5")


@app.command("forget", epilog="Examples:  sanderling log forget   |   sanderling log forget --older-than 30d")
def forget(
    older_than: Annotated[float | None, options.age(help="Only requests longer ago, in days. Default: all.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Delete requests with their ratings, and erase their words from the disk. Kept answers: see `cache clear`."""
    from ..telemetry.store import TelemetryStore

    with TelemetryStore() as store:
        count = store.forget(older_than)
    if json:
        output.json_line({"forgotten": count})
    else:
        output.line(f"{count:,} requests forgotten")

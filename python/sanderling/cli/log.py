"""``sanderling log``: show, export, rate, judge and forget logged requests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import ranges
from ..errors import UsageError
from . import log_judge, options, output

if TYPE_CHECKING:
    from ..telemetry.row import Quality
    from ..telemetry.store import TelemetryStore

app = typer.Typer(
    invoke_without_command=True,
    epilog="Examples:  sanderling log --tail 20   |   sanderling log --export rows.jsonl   |   sanderling log rate up"
    "   |   sanderling log forget --older-than 30d",
)

SHOWN_ID = 8
"""Letters of an id in the table. ``log rate`` takes them for the whole id."""
SHOWN_QUESTION = 200
"""Most letters of the question of a rated answer."""


@app.callback()
def log(
    context: typer.Context,
    tail: Annotated[int, options.number(ranges.COUNT, "--tail", "-n", help="Show the last N requests.")] = 10,
    export: Annotated[
        Path | None, typer.Option(help="Write all rows to this file as JSONL; - for standard output.")
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare the arms of [ab] in config.toml by all their requests.")
    ] = False,
    left_device: Annotated[
        bool, typer.Option("--left-device", help="Show what was sent to other machines, when and to which.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Show or export the logged questions with their routes and times. It never leaves the device by itself."""
    if context.invoked_subcommand is not None:
        return
    if left_device:
        from .departures import show

        show(tail, json=json)
        return
    from ..telemetry.report import summarise
    from ..telemetry.store import TelemetryStore

    to_stdout = str(export) == "-"
    if not to_stdout:
        options.require_writable(export)
    with TelemetryStore() as store:
        if to_stdout:
            for row in store.rows():
                output.json_line(row)
            return
        if export is not None:
            count = store.export_jsonl(export)
            if json:
                output.json_line({"rows": count, "path": str(export)})
            else:
                output.line(f"{count} rows written to {export}")
            return
        if compare:
            _compare(store, json)
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
        f" {summary.escalated} escalated, {summary.cached} from the response cache, {summary.failed} failed;"
        f" {models or 'no models yet'}"
    )
    output.table(
        ("ID", "WHEN", "MODEL", "CONTEXT", "TOTAL MS", "LLM MS", "TOKENS", "RATED", "QUERY"),
        [
            (
                row.request_id[:SHOWN_ID],
                row.timestamp[:19],
                row.router_decision.model_id,
                str(row.router_decision.context_size),
                f"{row.latency_ms.total:,.0f}",
                f"{row.latency_ms.llm:,.0f}",
                f"{row.tokens.prompt}+{row.tokens.completion}",
                _rating(row.quality),
                f"{row.error}: {row.query}"[:48] if row.error else row.query[:48],
            )
            for row in rows
        ],
    )


def _rating(quality: Quality) -> str:
    """Return a rating as text for the table. A judge's has a decimal place and the word "judge"."""
    if quality.score is None:
        return ""
    return f"{quality.score:g}" if quality.judge_model is None else f"{quality.score:.1f} judge"


def _compare(store: TelemetryStore, json: bool) -> None:
    from ..bench_device.arms import compare_arms

    found = compare_arms(store.rows())
    if json:
        output.json_line({"experiments": found})
        return
    if not found:
        output.line("no request took part in a comparison: set [ab] in config.toml (docs/configuration.md)")
    for each in found:
        output.line(f"{each.experiment}:")
        for line in each.lines():
            output.line(f"  {line}")


@app.command("rate", epilog="Examples:  sanderling log rate up   |   sanderling log rate REQUEST-ID 4")
def rate(
    rating: Annotated[
        list[str], typer.Argument(metavar="[ID] SCORE", help="up, down or 1 to 5; without an id, of the last answer.")
    ],
    memory: options.MemoryOption = None,
    json: options.JsonOption = False,
) -> None:
    """Rate an answer. A router trained from the log learns from it; the memory forgets what a bad answer wrote.

    The beginning of an id, as ``sanderling log`` shows it, is enough.
    """
    from ..models import configured
    from ..telemetry import feedback

    if len(rating) > 2:
        raise UsageError("give one rating: sanderling log rate [ID] up|down|1..5")
    row = feedback.rate(rating[-1], rating[0] if len(rating) == 2 else None)
    bad, path, kept, removed = feedback.is_bad(rating[-1]), options.memory_path(memory), 0, False
    if bad:
        from ..memory.upkeep.forget import forget_answer_in
        from ..response_cache.rating import forget_question

        kept = forget_question(row.query)
        removed = path.exists() and forget_answer_in(path, row.request_id, row.query)
    if json:
        output.json_line({"request_id": row.request_id, "score": row.quality.score, "removed": removed})
        return
    if row.query:
        output.line(row.query[:SHOWN_QUESTION])
    output.line(f"{row.request_id} by {row.router_decision.model_id}: {row.quality.score:g} of 5")
    if kept:
        output.line("the response cache keeps it no longer: the question is answered anew when asked again")
    if removed:
        output.line("what the answer had written into the memory is removed")
    elif bad and configured.load().write_back != "never":
        output.line(f"nothing of this answer is in {path}: if it was remembered elsewhere, name that memory with -m")


app.command("judge", epilog=log_judge.EXAMPLES)(log_judge.judge)


@app.command("forget", epilog="Examples:  sanderling log forget   |   sanderling log forget --older-than 30d")
def forget(
    older_than: Annotated[float | None, options.age(help="Only those longer ago, in days. Default: all.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Delete logged requests and conversations.

    Ratings go too, and all their words are erased from the disk. Kept answers: see `cache clear`.
    """
    from .. import config
    from ..conversations.forget import forget_older
    from ..telemetry.store import TelemetryStore

    with TelemetryStore() as store:
        count = store.forget(older_than)
    talks = forget_older(config.home(), older_than)
    if json:
        output.json_line({"forgotten": count, "conversations": talks})
    else:
        output.line(f"{count:,} requests forgotten")
        if talks:
            output.line(f"{talks:,} {'conversation' if talks == 1 else 'conversations'} forgotten")

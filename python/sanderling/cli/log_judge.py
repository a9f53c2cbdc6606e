"""``sanderling log judge``: let a model mark kept answers.

Only answers whose text the telemetry kept are marked.
"""

from __future__ import annotations

from typing import Annotated

import typer

from .. import ranges
from . import interrupt, options, output

EXAMPLES = (
    "Examples:  sanderling log judge --dry-run   |   sanderling log judge --judge http://localhost:8080/v1 --limit 50"
)
JudgeModelOption = Annotated[
    str, typer.Option("--judge-model", help="Model that judges. Default: the largest here, or what the address serves.")
]


def judge(
    judge: Annotated[
        str, typer.Option("--judge", help="local: a model of this device; or an address, as http://localhost:8080/v1.")
    ] = "local",
    judge_model: JudgeModelOption = "",
    limit: Annotated[int | None, options.number(ranges.COUNT, "--limit", help="Only the newest N answers.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also those that a judge has marked before.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the marks, and store none.")] = False,
    privacy: options.PrivacyOption = None,
    engine: options.EngineOption = "auto",
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Let a model mark kept answers from 1 to 5. A router trained from the log learns from marks as from ratings.

    A rating of yours is never replaced: the marks are compared with it. An address on another machine needs --privacy,
    and sees no answer that rests on a note under never_leave or was asked under a stricter privacy.
    """
    from ..bench_device.judge.of_log import judge_log
    from ..bench_device.judge.opened import open_judge
    from ..models import configured
    from .progress import bar

    config = configured.load()
    with (
        open_judge(judge, config, model=judge_model, privacy=privacy, engine=engine, n_threads=threads) as opened,
        bar("judge") as advance,
    ):
        found = judge_log(opened, config, limit=limit, again=again, dry_run=dry_run, on_progress=advance)
    if json:
        output.json_line(found)
    else:
        output.table(
            ("MARK", "RATED", "MODEL", "QUESTION"),
            [
                (
                    f"{each.score:.1f}",
                    "" if each.rated is None else f"{each.rated:g}",
                    each.model_id,
                    each.question[:60],
                )
                for each in found.marks
            ],
        )
        mean = "" if found.mean is None else f", {found.mean:.2f} on average"
        output.line(f"{len(found.marks)} answers marked by {found.judge}{mean}; {found.stored} marks stored")
        for why, count in found.left_out.items():
            output.line(f"{count} not judged: {why}")
        if found.agreement is not None:
            output.line(f"agreement with your ratings, {found.agreement}")
    interrupt.show_end(found.interrupted)

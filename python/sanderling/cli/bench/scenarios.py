"""``sanderling bench scenarios``: latency and quality of questions from end to end."""

from __future__ import annotations

from .. import options
from .run import (
    TESTS,
    HtmlOption,
    ModelsOption,
    QuantOption,
    RawOption,
    RequestsOption,
    WorkloadOption,
    chosen_options,
    run,
)

EXAMPLES = "Example:  sanderling bench scenarios --model lfm2-350m --requests 100"


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
    """Measure questions from end to end: latency by stage, share of right answers, and whether the target is met."""
    import msgspec

    given = [str(threads)] if threads is not None else None
    chosen = chosen_options(model, quant, engine, profile, given, TESTS, 5, workload, requests, quick=False)
    run(msgspec.structs.replace(chosen, matrix=False), html, raw, "json" if json else "md")

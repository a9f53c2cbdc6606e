"""``sanderling bench scenarios``: measure latency and quality from end to end."""

from __future__ import annotations

from typing import Annotated

from ... import ranges
from ...errors import UsageError
from .. import options
from .run import (
    TESTS,
    HtmlOption,
    ModelsOption,
    QuantOption,
    RawOption,
    RequestsOption,
    chosen_options,
    run,
)
from .systems import (
    DataOption,
    EveryOption,
    QuestionsOption,
    RouterOption,
    SystemsOption,
    refuse_without_systems,
    run_systems,
)

EXAMPLES = (
    "Examples:  sanderling bench scenarios --model lfm2-350m --requests 100"
    "   |   sanderling bench scenarios --systems all --data hotpot-dev --data station --raw rows.jsonl"
)


def scenarios(
    model: ModelsOption = None,
    quant: QuantOption = None,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    workload: DataOption = None,
    requests: RequestsOption = None,
    html: HtmlOption = None,
    raw: RawOption = None,
    systems: SystemsOption = None,
    router: RouterOption = None,
    every: EveryOption = None,
    questions: QuestionsOption = None,
    ladder: options.LadderOption = None,
    limit: Annotated[int | None, options.number(ranges.COUNT, help="With --systems: at most N questions.")] = None,
    seed: Annotated[
        int | None, options.number(ranges.SEED, help="With --systems: seed of the order and the bootstrap; default: 0.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Measure questions from end to end: latency by stage, and share of right answers.

    Also whether the target is met. With --systems the routed system is measured beside fixed models and a naive one,
    question by question in turn, and both targets of the router are judged. A run that was ended goes on from its --raw
    file.
    """
    import msgspec

    data = workload or ["station"]
    if systems is not None:
        if quant or requests or html:
            raise UsageError("--systems takes no --quant, --requests or --html: leave them out")
        run_systems(
            systems,
            data,
            model=model or [],
            ladder=ladder,
            router=router,
            engine=engine,
            profile=profile,
            threads=threads,
            limit=limit,
            sample=None,
            seed=seed or 0,
            raw=raw,
            every=every or (),
            questions=questions,
            json=json,
        )
        return
    if len(data) > 1:
        raise UsageError("several --data need --systems, such as --systems all")
    refuse_without_systems(ladder=ladder, limit=limit, seed=seed, router=router, every=every, questions=questions)
    given = [str(threads)] if threads is not None else None
    chosen = chosen_options(model, quant, engine, profile, given, TESTS, 5, data[0], requests, quick=False)
    run(msgspec.structs.replace(chosen, matrix=False), html, raw, "json" if json else "md")

"""``sanderling bench state``: measure how much time a kept model state saves."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from ... import ranges
from ...ranges import Range
from .. import options, output
from .each_model import ModelsOption, measured, setting

EXAMPLES = "Example:  sanderling bench state --model smollm2-135m --threads 1"


def state(
    model: ModelsOption,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    conversation_tokens: Annotated[
        int, options.number(Range(64, 1 << 20), help="Tokens of the first turn, with answer.")
    ] = 1500,
    answer_tokens: Annotated[int, options.number(Range(2, 1 << 20), help="Tokens of each answer at most.")] = 32,
    rounds: Annotated[int, options.number(ranges.REPETITIONS, help="Rounds.")] = 3,
    json: options.JsonOption = False,
) -> None:
    """Time the first token of a second turn, with and without the kept model state.

    The answers of both ways are compared.
    """
    from ...bench_device.engine.state_reuse import measure

    measure_one = partial(
        measure,
        engine=engine,
        profile=profile,
        n_threads=threads,
        conversation_tokens=conversation_tokens,
        answer_tokens=answer_tokens,
        rounds=rounds,
    )
    for report in measured("state", measure_one, model, json):
        output.line()
        output.line(
            f"{setting(report)}; first token of"
            f" the second turn {report.kept_ttft_ms:,.0f} ms with kept state, {report.recomputed_ttft_ms:,.0f} ms"
            f" without: {report.speedup:.1f} times (medians)"
        )
        output.table(
            ("PROMPT", "CACHED", "KEPT ms", "WITHOUT ms", "TIMES", "SAME STEPS", "AS COMPUTED WHOLE"),
            [
                (
                    str(each.prompt_tokens),
                    str(each.cached_tokens),
                    f"{each.kept_ttft_ms:,.0f}",
                    f"{each.recomputed_ttft_ms:,.0f}",
                    f"{each.recomputed_ttft_ms / each.kept_ttft_ms:.1f}",
                    "bit for bit" if each.same_steps else "DIFFERENT",
                    f"{each.agreeing_tokens} of {each.answer_tokens} tokens",
                )
                for each in report.samples
            ],
        )

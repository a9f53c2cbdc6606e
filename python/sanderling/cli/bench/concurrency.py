"""``sanderling bench concurrency``: compare the speed of one answer at a time with that of two at once."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from ... import ranges
from ...ranges import Range
from .. import options, output
from .each_model import ModelsOption, measured, setting

EXAMPLES = "Example:  sanderling bench concurrency --model smollm2-135m"


def concurrency(
    model: ModelsOption,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    prompts: Annotated[
        int, options.number(Range(2, 1024), help="Questions of each round; an odd one is added to.")
    ] = 4,
    prompt_tokens: Annotated[int, options.number(Range(1, 1 << 20), help="Tokens of each prompt.")] = 64,
    decode_tokens: Annotated[int, options.number(Range(2, 1 << 20), help="Tokens of each answer.")] = 32,
    rounds: Annotated[int, options.number(ranges.REPETITIONS, help="Rounds.")] = 3,
    json: options.JsonOption = False,
) -> None:
    """Time prompts answered one at a time, in two workers, and in a batch of two.

    Each of the two workers has half the threads. Answers are generated side by side only where that brings 1.3 times
    the tokens and the same texts.
    """
    from ...bench_device.engine.concurrency import GAIN, measure

    measure_one = partial(
        measure,
        engine=engine,
        profile=profile,
        prompts=prompts + prompts % 2,
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        rounds=rounds,
    )
    for report in measured("concurrency", measure_one, model, json):
        output.line()
        output.line(
            f"{setting(report)}; {report.prompt_tokens} tokens of a prompt, {report.decode_tokens} of an answer"
        )
        output.table(
            ("", "TOKENS/S", "TO ONE AT A TIME", "SAME TEXTS"),
            [
                (
                    way.name,
                    f"{min(way.tokens_per_s):.1f}-{max(way.tokens_per_s):.1f}",
                    f"{way.ratio:.2f}",
                    f"{way.equal_texts} of {report.prompts}",
                )
                for way in report.ways
            ],
        )
        gains = ", ".join(report.gains) or "nothing"
        output.line(f"At least {GAIN:g} times the tokens and all texts the same: {gains}.")

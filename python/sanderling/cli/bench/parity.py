"""``sanderling bench parity``: compare Sanderling's speed with llama.cpp's own."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from ... import ranges
from ...ranges import Range
from .. import options, output
from .each_model import ModelsOption, measured, setting

EXAMPLES = "Example:  sanderling bench parity --model smollm2-135m --threads 1"


def parity(
    model: ModelsOption,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    prompt_tokens: Annotated[int, options.number(ranges.TOKENS, help="Tokens of the prompt.")] = 512,
    decode_tokens: Annotated[int, options.number(Range(2, 1 << 20), help="Tokens generated.")] = 128,
    rounds: Annotated[int, options.number(ranges.REPETITIONS, help="Rounds, after a warm-up.")] = 5,
    json: options.JsonOption = False,
) -> None:
    """Compare Sanderling's speed with llama.cpp's own.

    llama.cpp is driven directly; a ratio of 1 means no overhead.

    Both sides use the same library, and are measured in rounds.
    """
    from ...bench_device.engine.parity import measure

    measure_one = partial(
        measure,
        engine=engine,
        profile=profile,
        n_threads=threads,
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        rounds=rounds,
    )
    for report in measured("parity", measure_one, model, json):
        output.line()
        output.line(
            f"{setting(report)}; speed by speed of llama.cpp driven directly, median of {len(report.rounds)} rounds:"
        )
        output.table(
            ("", f"pp{report.prompt_tokens}", f"tg{report.decode_tokens}"),
            [
                ("wall time", f"{report.prefill_ratio:.3f}", f"{report.decode_ratio:.3f}"),
                ("CPU time", f"{report.prefill_cpu_ratio:.3f}", f"{report.decode_cpu_ratio:.3f}"),
            ],
        )
        for side in ("prefill_ms", "decode_ms", "prefill_cpu_ms", "decode_cpu_ms"):
            pairs = [(getattr(each.ours, side), getattr(each.direct, side)) for each in report.rounds]
            output.line(f"raw {side}, ours/direct: " + " ".join(f"{ours:.0f}/{direct:.0f}" for ours, direct in pairs))

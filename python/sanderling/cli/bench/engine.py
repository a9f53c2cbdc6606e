"""``bench parity`` and ``bench state``: what our worker costs beside llama.cpp alone, and what kept state saves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from ... import ranges
from ...ranges import Range
from .. import interrupt, options, output

if TYPE_CHECKING:
    from ...bench_device.engine.parity import ParityReport
    from ...bench_device.engine.state_reuse import StateReport

_Report = TypeVar("_Report", "ParityReport", "StateReport")
ModelsOption = Annotated[list[str], typer.Option("--model", help="A model id or .gguf file; may be given again.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the group ``bench``."""
    app.command("parity", epilog="Example:  sanderling bench parity --model smollm2-135m --threads 1")(parity)
    app.command("state", epilog="Example:  sanderling bench state --model smollm2-135m --threads 1")(state)


def _measured(title: str, measure: Callable[..., _Report], models: list[str], json: bool) -> Iterator[_Report]:
    """Measure model after model; what is not wanted as JSON comes out to be shown, the machine first."""
    from ..progress import bar

    for number, name in enumerate(models):
        with bar(title) as advance:
            report = measure(name, on_progress=advance)
        if json:
            output.json_line(report)
        else:
            if number == 0:
                output.facts(report.machine)
            yield report
        interrupt.show_end(report.interrupted)


def _setting(report: ParityReport | StateReport) -> str:
    from ...models.gguf import SYNTHETIC

    mark = f" ({SYNTHETIC})" if report.synthetic else ""
    return (
        f"{report.model_id} {report.quant}{mark}, {report.engine}, {report.n_threads} threads"
        f" ({report.n_threads_prefill} prefill), batch {report.n_batch}, context {report.n_ctx}"
    )


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
    """Our speed beside the same llama.cpp driven directly, paired in rounds; 1 means that we cost nothing."""
    from ...bench_device.engine.parity import measure

    measured = partial(
        measure,
        engine=engine,
        profile=profile,
        n_threads=threads,
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        rounds=rounds,
    )
    for report in _measured("parity", measured, model, json):
        output.line()
        output.line(
            f"{_setting(report)}; speed by speed of llama.cpp driven directly, median of {len(report.rounds)} rounds:"
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
    """The first token of a second turn with kept state and without, and whether the answers are equal."""
    from ...bench_device.engine.state_reuse import measure

    measured = partial(
        measure,
        engine=engine,
        profile=profile,
        n_threads=threads,
        conversation_tokens=conversation_tokens,
        answer_tokens=answer_tokens,
        rounds=rounds,
    )
    for report in _measured("state", measured, model, json):
        output.line()
        output.line(
            f"{_setting(report)}; first token of"
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

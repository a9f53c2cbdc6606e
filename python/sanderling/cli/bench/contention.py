"""``sanderling bench contention``: measure a model's speed beside busy processes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

from ... import ranges
from ...ranges import Range
from .. import options, output
from .each_model import ModelsOption, measured, setting

if TYPE_CHECKING:
    from ...bench_device.engine.contention import ContentionReport
    from ...bench_device.engine.contention_cells import Cell

EXAMPLES = "Example:  sanderling bench contention --model smollm2-135m --busy 0 --busy 2"


def contention(
    model: ModelsOption,
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    busy: Annotated[
        list[int] | None,
        options.number(Range(0, 64), "--busy", help="Busy processes; may be given again. Default: 0, 1, 2 and 4."),
    ] = None,
    prompt_tokens: Annotated[int, options.number(Range(1, 1 << 20), help="Tokens of each prompt.")] = 107,
    decode_tokens: Annotated[int, options.number(Range(2, 1 << 20), help="Tokens of each answer.")] = 24,
    rounds: Annotated[int, options.number(ranges.REPETITIONS, help="Rounds.")] = 3,
    json: options.JsonOption = False,
) -> None:
    """Time the same prompts on an idle device and beside busy processes.

    Each prompt is computed with the numbers of threads that Sanderling chooses, and with fixed numbers.
    """
    from ...bench_device.engine.contention import BUSY, measure

    measure_one = partial(
        measure,
        engine=engine,
        profile=profile,
        busy=busy or BUSY,
        prompt_tokens=prompt_tokens,
        decode_tokens=decode_tokens,
        rounds=rounds,
    )
    for report in measured("contention", measure_one, model, json):
        output.line()
        output.line(
            f"{setting(report)}; {report.prompt_tokens} tokens of a prompt, {report.decode_tokens} of an answer,"
            " medians per token"
        )
        output.table(
            ("BUSY", "", "THREADS", "WALL ms", "TO BEST FIXED", "CPU ms", "TO IDLE", "SHARE", "BUSY'S", "REST'S"),
            [_row(report, cell) for cell in report.cells],
        )
        output.line(
            "TO BEST FIXED: wall time over the best fixed setting's; TO IDLE: CPU time over the shipped idle's."
        )
        output.line("SHARE, BUSY'S, REST'S: CPUs that the worker, the busy processes and everything else got.")


def _row(report: ContentionReport, cell: Cell) -> tuple[str, ...]:
    import statistics

    mine = [each for each in report.samples if (each.busy, each.setting) == (cell.busy, cell.setting)]
    threads = sorted({each.n_threads_prefill if cell.phase == "prefill" else each.n_threads for each in mine})
    return (
        str(cell.busy),
        f"{cell.phase}, {cell.setting}",
        " or ".join(map(str, threads)),
        f"{cell.wall_ms:.1f}",
        "" if cell.wall_to_best is None else f"{cell.wall_to_best:.2f}",
        f"{cell.cpu_ms:.1f}",
        "" if cell.cpu_to_idle is None else f"{cell.cpu_to_idle:.2f}",
        *(
            f"{statistics.median(getattr(each, f'{who}_cpus') for each in mine):.2f}"
            for who in ("worker", "busy", "rest")
        ),
    )

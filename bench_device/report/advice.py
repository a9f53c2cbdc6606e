"""Advice on a run: missed targets, disturbed measurements, and thread counts."""

from __future__ import annotations

from collections.abc import Iterator

from ..matrix.row import Row
from ..metrics.trend import ONE_STEP
from ..scenarios.stages import FIRST_TOKEN, FURTHER_TOKENS
from ..scenarios.target import Target
from ..sensors.verdict import Fault
from .run import Run

_BY_STAGE = {
    FIRST_TOKEN: "a smaller model or a Q4_0 file reads the prompt faster (sanderling models fit shows which fit), and"
    " sanderling ask --context small gives it less to read",
    FURTHER_TOKENS: "a smaller model or quantization writes faster: sanderling models fit shows which fit",
    "load": "sanderling chat keeps the model loaded between questions",
}
_BY_FAULT: dict[Fault, str] = {
    "SWAPPED": "memory ran short: close other programs, or use a smaller model",
    "THROTTLED": "the device was slowed by heat or power: let it cool, give it air, and measure again",
    "BUSY": "other programs ran: close them, and measure again",
    "ON BATTERY": "plug the device in, and measure again",
}


def advice(run: Run) -> list[str]:
    """Return the advice on a run, most important first.

    One line says so if there is nothing to do.
    """
    lines = list(dict.fromkeys([*_targets(run), *_disturbances(run), *_threads(run), *_missing(run)]))
    return lines or ["Nothing: the target is met, and nothing disturbed the measurement."]


def _targets(run: Run) -> Iterator[str]:
    if not run.scenarios:
        yield "No question was answered, so no target is judged: run  sanderling bench scenarios"
    for target in run.targets:
        if target.outcome == "missed":
            yield f"{target.label}: {_by_stage(target)}."
        elif target.outcome == "not judged here":
            yield f"{target.label} is not judged: {target.why}; sanderling bench scenarios --requests 100 asks more."


def _by_stage(target: Target) -> str:
    stage = f"{target.dominated_by} takes {target.dominating_share:.0%} of the time"
    return f"{stage}; {_BY_STAGE.get(target.dominated_by, 'that is not the model: run  sanderling doctor')}"


def _disturbances(run: Run) -> Iterator[str]:
    verdicts = [*(row.verdict for row in run.rows), *(each.verdict for each in run.scenarios)]
    for fault, remedy in _BY_FAULT.items():
        hit = sum(any(finding.fault == fault for finding in verdict.findings) for verdict in verdicts)
        if hit:
            yield f"{hit} of {len(verdicts)} measurements are {fault}: {remedy}."


def _threads(run: Run) -> Iterator[str]:
    """Yield a line for each model that writes clearly faster with a thread count other than the first measured."""
    for label in dict.fromkeys(row.label for row in run.rows):
        rows: dict[int, Row] = {}
        for row in run.rows:
            if row.label == label and row.shape.n_gen and not row.verdict.findings:
                rows.setdefault(row.n_threads, row)
        if len(rows) > 1:
            first, best = next(iter(rows.values())), max(rows.values(), key=lambda row: row.mean)
            # By more than one step of the clock and more than both scatter.
            if best.mean - best.sd > (1 + ONE_STEP) * (first.mean + first.sd):
                yield (
                    f"{label} writes {best.mean:.1f} tokens/s with {best.n_threads} threads, {first.mean:.1f} with"
                    f" {first.n_threads}: set n_threads = {best.n_threads} in config.toml."
                )


def _missing(run: Run) -> Iterator[str]:
    if run.shortened:
        yield "This run was shortened: for all tests run  sanderling bench  without --quick"
    for each in run.left_out:
        yield f"{each.what} is missing: {each.why}"

"""Summarises a benchmark run in a few figures."""

from __future__ import annotations

from ...device.last_benchmark import BenchedModel, LastBenchmark
from .run import Run


def short(run: Run) -> LastBenchmark:
    """Return the figures that :class:`~sanderling.device.last_benchmark.LastBenchmark` keeps of a run."""
    labels = dict.fromkeys([*(row.label for row in run.rows), *(each.label for each in run.scenarios)])
    return LastBenchmark(
        started=run.started, cpu=str(run.machine.get("cpu", "")), models=tuple(_model(run, label) for label in labels)
    )


def _model(run: Run, label: str) -> BenchedModel:
    rows = [row for row in run.rows if row.label == label and row.samples]
    prompt = [row.mean for row in rows if row.shape.n_prompt and not row.shape.n_gen]
    decode = [row.mean for row in rows if row.shape.n_gen and not row.shape.n_prompt]
    answers = [each.total_ms.p50 for each in run.scenarios if each.label == label and each.total_ms is not None]
    return BenchedModel(
        label=label,
        prompt_per_s=max(prompt, default=None),
        decode_per_s=max(decode, default=None),
        answer_ms=max(answers, default=None),
    )

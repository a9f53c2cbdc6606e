"""Summarise one model in one setting: percentiles, stages, F1, and the ratio of two versions.

Two versions are compared over the questions that both answered: the ratio of their medians and means, and the mean
difference in F1, each with a paired bootstrap interval (Efron and Tibshirani 1993, chapter 8).
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from ...records import Record
from ..matrix.matrix import LeftOut
from ..metrics.bootstrap import Ratio, ratio
from ..metrics.estimate import Estimate, estimate
from ..metrics.percentiles import Percentiles, median_interval, percentiles, quantile_interval
from ..scenarios.stages import OUTSIDE, STAGES
from ..scenarios.target import Target
from ..sensors.verdict import Verdict
from .compute import Computed
from .sample import Sample

PARTS = (*STAGES, OUTSIDE)


class VersionReport(Record):
    """Results of one version in one setting."""

    version: str
    n: int
    failed: int
    """Requests without an answer; they score zero and do not count in the times."""
    first_error: str
    wall_ms: Percentiles | None
    """None: no request was answered."""
    p50_interval_ms: tuple[float, float] | None
    p90_interval_ms: tuple[float, float] | None
    """Distribution-free 95 per cent intervals; None: too few questions."""
    stages_ms: dict[str, float]
    """Median of each stage; medians of stages do not add up to the median of the whole."""
    shares: dict[str, float]
    """Share of each stage in the summed time."""
    per_token_ms: float | None
    """Median time of a token after the first; None: no answer has two."""
    new_tokens: float
    """Median of the prompt tokens that were computed."""
    written_tokens: float
    contexts: dict[str, int]
    """Number of questions by model, context size and its tokens."""
    f1: Estimate


class Comparison(Record):
    """Ratios of this version to the other, over the questions that both versions answered."""

    n: int
    p50: Ratio
    mean: Ratio
    stages: dict[str, float]
    """Ratio of the medians of each stage; stages below .05 ms in the other version are left out."""
    f1: Estimate
    """Mean difference in F1, over all questions asked of both; a failed one scores zero."""


class SettingReport(Record):
    """Results of one model with one profile in one setting."""

    label: str
    profile: str
    setting: str
    busy_share: float | None
    """Share of all CPUs that the busy processes got; None: there were none."""
    verdict: Verdict
    versions: tuple[VersionReport, ...]
    comparison: Comparison | None
    """None: there is one version, or no question that both answered."""


class AskReport(Record):
    """Results of all models, profiles and settings, with everything needed to repeat the run."""

    machine: dict[str, object]
    before: dict[str, object] | None
    """Machine block of the other version; None: there is none."""
    started: str
    settings: dict[str, object]
    workload: str
    questions: tuple[str, ...]
    """Ids of the questions, in the order of asking."""
    targets: tuple[Target, ...]
    computed: tuple[Computed, ...]
    results: tuple[SettingReport, ...]
    samples: tuple[Sample, ...]
    left_out: tuple[LeftOut, ...] = ()
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""


def version_report(samples: Sequence[Sample], seed: int) -> VersionReport:
    """Summarise the samples of one version in one setting. Raises ValueError without samples."""
    done = [sample for sample in samples if not sample.error]
    walls = [sample.wall_ms for sample in done]
    stages = {part: [sample.stages_ms[part] for sample in done] for part in PARTS} if done else {}
    per_token = [sample.per_token_ms for sample in done if sample.per_token_ms is not None]
    whole = sum(map(sum, stages.values()))
    routes = Counter(
        f"{sample.said.route.model_id} {sample.said.route.context_bin} ({sample.said.route.context_tokens} tokens)"
        + (f" on {sample.engine}" if sample.engine else "")
        for sample in done
    )
    return VersionReport(
        version=samples[0].version,
        n=len(samples),
        failed=len(samples) - len(done),
        first_error=next((sample.error for sample in samples if sample.error), ""),
        wall_ms=percentiles(walls) if walls else None,
        p50_interval_ms=median_interval(walls),
        p90_interval_ms=quantile_interval(walls, 0.9),
        stages_ms={part: statistics.median(values) for part, values in stages.items()},
        shares={part: sum(values) / whole for part, values in stages.items()} if whole else {},
        per_token_ms=statistics.median(per_token) if per_token else None,
        new_tokens=statistics.median(sample.new_tokens for sample in done) if done else 0.0,
        written_tokens=statistics.median(sample.said.tokens.completion for sample in done) if done else 0.0,
        contexts=dict(routes.most_common()),
        f1=estimate([sample.f1 for sample in samples], seed),
    )


def compared(this: Sequence[Sample], before: Sequence[Sample], seed: int) -> Comparison | None:
    """Compare two versions over the questions put to both versions.

    The result is None if no question was answered by both.
    """
    others = {sample.question_id: sample for sample in before}
    pairs = [(sample, others[sample.question_id]) for sample in this if sample.question_id in others]
    done = [(ours, theirs) for ours, theirs in pairs if not ours.error and not theirs.error]
    if not done:
        return None
    a, b = [theirs.wall_ms for _, theirs in done], [ours.wall_ms for ours, _ in done]
    medians = {
        part: [statistics.median(pair[side].stages_ms[part] for pair in done) for side in (0, 1)] for part in PARTS
    }
    return Comparison(
        n=len(done),
        p50=ratio(a, b, paired=True, seed=seed, of="median"),
        mean=ratio(a, b, paired=True, seed=seed),
        stages={part: ours / theirs for part, (ours, theirs) in medians.items() if theirs >= 0.05},
        f1=estimate([ours.f1 - theirs.f1 for ours, theirs in pairs], seed),
    )

"""Format an evaluation as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...router.fastgrnn import to_bytes
from ...router.training.train import Trained
from ..metrics.estimate import Estimate
from .evaluate import Evaluation

_AIMS = (
    *("quality", "utility", "P50 ms", "mean", "P90", "ratio to naive", "quality over naive", "half the time, no worse"),
    *("regret of 768 tokens", "at most .1", "regret of 1,536 tokens", "at most .1"),
)


def markdown(found: Evaluation) -> str:
    """Return tables of all results, with means and 95 per cent bootstrap intervals over questions."""
    header: tuple[str, ...] = (
        "policy",
        "utility",
        "quality",
        "EM",
        "F1",
        "regret, 1 to 5",
        "P50 ms",
        "P90 ms",
        "P50 of mid",
        "tokens of big",
    )
    header += ("by model", "escalated", "oracle's", "within ε")
    rows = [
        (
            w.policy,
            _show(w.utility),
            _show(w.quality),
            f"{w.em:.2f}",
            f"{w.f1:.2f}",
            _show(w.regret),
            f"{w.latency_ms.p50:,.0f}",
            f"{w.latency_ms.p90:,.0f}",
            _show(w.latency_ratio, 2),
            _show(w.token_ratio, 2),
            " ".join(f"{share:.2f}" for share in w.models),
            f"{w.escalated:.2f}",
            f"{w.agreement:.2f}",
            f"{w.within:.2f}",
        )
        for w in sorted(found.worths, key=lambda worth: -worth.utility.mean)
    ]
    curves = [(c.policy, _show(c.apgr), _show(c.cpt50, 2), _show(c.cpt80, 2)) for c in found.curves]
    scenarios = [
        (
            s.policy,
            s.scenario,
            str(s.questions),
            *(
                "" if value is None else f"{value:,.0f}"
                for value in (s.latency_ms.p50, s.latency_ms.p90, s.latency_ms.p99, s.llm_ms, s.rest_ms)
            ),
            *(f"{value:.2f}" for value in (s.in_time, s.quality, s.em, s.f1)),
        )
        for each in found.scenarios
        for s in each
    ]
    waiting = ("system", "scenario", "questions", "P50 ms", "P90", "P99", "LLM P50", "rest P50", "in time")
    differences = [(d.than, _show(d.utility), "yes" if d.significant else "no") for d in found.differences]
    beside = [
        (
            b.policy,
            str(b.questions),
            _show(b.quality),
            _show(b.naive_quality),
            _show(b.difference),
            f"{b.p50_ms:,.0f}",
            f"{b.naive_p50_ms:,.0f}",
            _show(b.latency_ratio, 2),
        )
        for b in found.beside
    ]
    aims = [
        (
            t.policy,
            _show(t.quality),
            _show(t.utility),
            *(f"{value:,.0f}" for value in (t.p50_ms, t.mean_ms, t.p90_ms)),
            *(
                ("", "", "")
                if t.ratio is None or t.better is None
                else (_show(t.ratio, 2), _show(t.better), str(t.fast))
            ),
            _show(t.regret, 2),
            t.near,
            *(("", "") if t.regret_full is None else (_show(t.regret_full, 2), str(t.near_full))),
        )
        for t in sorted(found.targets, key=lambda target: -target.utility.mean)
    ]
    separate = [
        (a.policy, a.kind, str(a.questions), _show(a.quality), f"{a.declined:.2f}", _show(a.utility))
        for a in found.apart
    ]
    measures = ("questions", "quality", "of naive", "difference", "P50 ms", "of naive", "ratio")
    routed = found.differences[0].policy if found.differences else ""
    return "\n".join(
        (
            f"judged on {found.judged_on:,} questions, each by policies fitted on about {found.fitted_on:,} others\n",
            *([_table(("beside the targets", *_AIMS), aims)] if aims else []),
            _table(header, rows),
            _table((*waiting, "quality", "EM", "F1"), scenarios),
            _table(("ranking for the big model", "APGR", "CPT(50 %)", "CPT(80 %)"), curves),
            _table((f"utility of {routed} over", "difference", "beyond chance"), differences),
            *([_table(("beside the naive system", *measures), beside)] if beside else []),
            *([_table(("apart", "kind", "questions", "quality", "declined", "utility"), separate)] if separate else []),
        )
    )


def sizes(trainings: Sequence[Trained]) -> str:
    """Return a table of results per hidden size, averaged over seeds.

    Regret is the utility lost relative to the oracle.
    """
    rows = []
    for hidden in sorted({each.settings.hidden for each in trainings}):
        of_size = [each for each in trainings if each.settings.hidden == hidden]
        measured = [
            (
                each.float32.pair_regret,
                each.int8.pair_regret,
                each.int8_agreement,
                each.uncalibrated.calibration_error,
                each.float32.calibration_error,
            )
            for each in of_size
        ]
        means = np.mean(measured, axis=0).tolist()
        seeds = ", ".join(f"{each.float32.pair_regret:.3f}" for each in of_size)
        bytes_int8 = len(to_bytes(of_size[0].weights, int8=True))
        rows.append((str(hidden), *(f"{mean:.3f}" for mean in means), seeds, f"{bytes_int8:,}"))
    header = (
        "hidden",
        "regret",
        "of int8",
        "int8 chooses alike",
        "calibration error before",
        "after",
        "by seed",
        "bytes",
    )
    return _table(header, rows)


def front(found: Evaluation) -> tuple[str, ...]:
    """Return the policies on the Pareto front of median latency and quality, fastest first."""
    ordered = sorted(found.worths, key=lambda w: (w.latency_ms.p50, -w.quality.mean))
    best, kept = float("-inf"), []
    for each in ordered:
        if each.quality.mean > best:
            best = each.quality.mean
            kept.append(each.policy)
    return tuple(kept)


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, ("---", *("---:" for _ in header[1:])), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _show(estimate: Estimate, digits: int = 3) -> str:
    mean, low, high = (f"{value:.{digits}f}" for value in (estimate.mean, estimate.low, estimate.high))
    return f"{mean} [{low}, {high}]"

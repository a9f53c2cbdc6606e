"""Write a report of the sentences shown at once as Markdown tables."""

from __future__ import annotations

from .report import Report


def markdown(report: Report) -> str:
    """Return the tables: time, sets, reliability, and the weights."""
    total, cpu = report.total_ms, report.cpu_ms
    parts = ", ".join(f"{name} {value:.1f}" for name, value in report.parts_ms.items())
    lines = [
        f"From the question to the sentence: P50 {total.p50:.1f} ms, P90 {total.p90:.1f} (CPU: P50 {cpu.p50:.1f}, P90"
        f" {cpu.p90:.1f}); medians of the steps: {parts}.",
        "",
        "| set | questions | holds the answer | of one note | shown | right of these | AUROC, set left out | AUROC |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {each.name} | {each.questions} | {_share(each.holds)} | {_share(each.one_hop)} | {_share(each.shown)} |"
            f" {_share(each.right)} | {_share(each.auroc_left_out)} | {_share(each.auroc)} |"
            for each in report.sets
        ),
        "",
        f"AUROC over all sets, each left out in turn: {_share(report.pooled_left_out) or 'one set, so none'}."
        f" Nothing is shown below a confidence of {report.least:g}.",
        "",
        "| confidence | questions | mean | holds the answer |",
        "|---|---|---|---|",
        *(
            f"| {each.low:.1f} to {each.high:.1f} | {each.questions} | {_share(each.mean)} | {_share(each.holds)} |"
            for each in report.reliability
        ),
        "",
        "Fitted to all sets: " + ", ".join(f"{name} {value:.2f}" for name, value in report.weights.items()) + ".",
    ]
    return "\n".join(lines) + "\n"


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".replace("0.", ".", 1) if value < 1 else "1.000"

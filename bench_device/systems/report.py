"""The report on whole systems, as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Record
from ..answers.evaluate import table
from ..metrics.estimate import show
from ..metrics.percentiles import LEAST_FOR_P99
from ..sensors.verdict import Verdict
from .compare import Comparison
from .standing import Standing


class SystemsReport(Record):
    """Results of all systems, with the settings needed to repeat the run."""

    machine: dict[str, object]
    sets: tuple[str, ...]
    settings: dict[str, object]
    verdict: Verdict | None
    """Whether something disturbed the run; None: all rows were measured in earlier runs."""
    comparison: Comparison
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def to_markdown(self) -> str:
        """Return the settings, the tables, and whether the targets for time and regret are reached."""
        found = self.comparison
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        disturbed = "" if self.verdict is None else f"; {self.verdict.name} {self.verdict.evidence}".rstrip()
        parts = [
            f"\n{found.questions} questions of {', '.join(self.sets)}, asked of the systems in turn; {settings}"
            f"{disturbed}\n"
        ]
        if found.incomplete:
            parts.append(f"left out: {found.incomplete} questions that some system was not asked yet\n")
        parts += [_latency(found.standings), _quality(found.standings), _groups(found), _routes(found), _paired(found)]
        if found.questions < LEAST_FOR_P99:
            parts.append(f"P99 left out: {found.questions} questions, {LEAST_FOR_P99} are needed\n")
        if found.verified:
            parts.append(_verified(found))
        parts += [
            f"computed, not measured: the first draft of {gate.system}, and big instead only where big is better, by a"
            f" gate that never errs: median {show(gate.latency_ratio)} of naive, regret {show(gate.regret, '+.2f')}"
            f" against big, {gate.kept:.0%} of drafts kept\n"
            for gate in found.gates
        ]
        parts += [f"**{each.outcome}**: {each.target}, against {each.over}: {each.why}\n" for each in found.verdicts]
        return "\n".join(parts)


def _latency(standings: Sequence[Standing]) -> str:
    head = ["system", "n", "P50 ms", "P90 ms", "P99 ms", "mean ms", "LLM P50", "rest P50", "drafts", "escalated"]
    rows = []
    for each in standings:
        total, sure = each.total_ms, each.median_interval_ms
        inside = "" if sure is None else f" [{sure[0]:,.0f}, {sure[1]:,.0f}]"
        times = [f"{total.p50:,.0f}{inside}", _ms(total.p90), _ms(total.p99)] if total else ["", "", ""]
        medians = [each.mean_ms, each.llm_ms, each.rest_ms]
        count = f"{each.n} ({each.failed} failed)" if each.failed else str(each.n)
        rows.append([each.system, count, *times, *map(_ms, medians), f"{each.drafts:.2f}", f"{each.escalated:.0%}"])
    return table(head, rows)


def _quality(standings: Sequence[Standing]) -> str:
    head = ["system", "success", "notes shown", "EM", "F1", "contains", "declined", "not sure", "quality", "tokens"]
    rows = [
        [each.system]
        + [
            f"{value:.3f}"
            for value in (each.success, each.found, each.em, each.f1, each.contains, each.declined, each.not_sure)
        ]
        + [f"{each.quality:.3f}", f"{each.computed_tokens:,.0f}"]
        for each in standings
    ]
    return table([*head, "TFLOP"], [[*row, f"{each.tflop:.2f}"] for row, each in zip(rows, standings, strict=True)])


def _groups(found: Comparison) -> str:
    """Return median, P90, success and quality by kind of question."""
    rows = [
        [group.name, str(group.n), each.system]
        + ([_ms(each.total_ms.p50), _ms(each.total_ms.p90)] if each.total_ms else ["", ""])
        + [f"{each.success:.2f}", f"{each.found:.2f}", f"{each.quality:.3f}"]
        for group in found.groups
        for each in group.standings
    ]
    return table(["questions", "n", "system", "P50 ms", "P90 ms", "success", "notes shown", "quality"], rows)


def _routes(found: Comparison) -> str:
    rows = [
        [each.system, each.model_id, str(each.context_tokens), each.escalated_from, str(each.n), f"{each.share:.0%}"]
        for each in found.routes
    ]
    return table(["system", "model", "context", "instead of", "n", "share"], rows)


def _paired(found: Comparison) -> str:
    rows = [
        [f"{each.system} - {each.over}", str(each.n)]
        + [show(getattr(each, measure), "+.3f") for measure in ("em", "f1", "contains", "quality")]
        + [show(each.regret, "+.2f"), show(each.latency_ratio), show(each.cpu_ratio)]
        + ["" if each.work_ratio is None else f"{each.work_ratio:.2f}"]
        for each in found.paired
    ]
    head = ["systems", "n", "EM", "F1", "contains", "quality", "regret, 1 to 5", "ratio of medians", "of CPU ms"]
    return table([*head, "model-tokens"], rows)


def _verified(found: Comparison) -> str:
    """Return what the verifier's confidence told, by system and set."""
    rows = [
        [each.system, each.set or "all", str(each.n), f"{each.right:.2f}"]
        + ["" if each.area is None else show(each.area), f"{each.not_sure:.0%}"]
        + ["" if share is None else f"{share:.0%}" for share in (each.not_sure_wrong, each.wrong_not_sure)]
        for each in found.verified
    ]
    head = ["verifier on", "questions", "n", "right", "area under ROC", "not sure", "of these wrong"]
    return table([*head, "of the wrong, not sure"], rows)


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"

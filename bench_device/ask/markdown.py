"""Render a report as Markdown: the verdicts first, then each setting."""

from __future__ import annotations

from collections.abc import Iterator

from ..answers.evaluate import table
from ..metrics.bootstrap import Ratio
from ..metrics.estimate import show
from .compute import Computed
from .report import PARTS, AskReport, SettingReport, VersionReport


def markdown(report: AskReport) -> str:
    """Return ``report`` as Markdown, without its machine block and samples."""
    return "\n".join(_parts(report))


def _parts(report: AskReport) -> Iterator[str]:
    settings = ", ".join(
        f"{name} {' '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in report.settings.items()
        if value is not None
    )
    yield f"{report.started}; {report.workload}, {len(report.questions)} one-note questions; {settings}\n"
    if report.before is not None:
        yield f"before: sanderling {report.before.get('sanderling')}, commit {report.before.get('commit')}\n"
    yield "".join(f"Target {target.sentence}\n" for target in report.targets)
    if report.computed:
        yield _computed(report.computed)
    for each in report.results:
        yield _setting(each)
    yield "".join(f"Left out: {each.what}: {each.why}\n" for each in report.left_out)


def _computed(computed: tuple[Computed, ...]) -> str:
    head = ["model", "profile", "prefill t/s", "decode t/s", "prompt ms", "writing ms", "own ms", "sum ms"]
    rows = [
        [
            each.label,
            each.profile,
            f"{each.prefill_tokens_per_s:,.0f}",
            f"{each.decode_tokens_per_s:,.0f}",
            f"{each.prompt_ms:,.0f}",
            f"{each.writing_ms:,.0f}",
            f"{each.own_ms:,.0f}",
            f"{each.total_ms:,.0f}",
            f"{each.limit_ms:,.0f} {each.outcome}",
            ", ".join(each.unconfirmed),
        ]
        for each in computed
    ]
    assumed = "; ".join(
        dict.fromkeys(
            f"{each.label}: {each.new_tokens:g} new prompt tokens and {each.written_tokens:g} written, as here"
            for each in computed
        )
    )
    return (
        f"Computed for phones and boards from the speeds of their profiles, not measured. Assumed: {assumed}; the"
        f" program's own time as here; speeds as the profile predicts them\n\n"
        + table([*head, "limit ms", "unconfirmed"], rows)
    )


def _setting(each: SettingReport) -> str:
    beside = "" if each.busy_share is None else f"; busy processes got {each.busy_share:.0%} of the CPUs"
    parts = [f"{each.label}, profile {each.profile}, {each.setting}: {each.verdict.name}{beside}\n"]
    if each.verdict.findings:
        parts.append(f"{each.verdict.evidence}\n")
    parts.append(
        table(
            ["version", "n", "P50 ms", "P90 ms", "new tokens", "written", "ms/token", "F1"],
            [_version(version) for version in each.versions],
        )
    )
    parts.append(_stages(each))
    if each.comparison is not None:
        found = each.comparison
        parts.append(
            f"this / before over {found.n} questions: P50 {_ratio(found.p50)}, mean {_ratio(found.mean)};"
            f" F1 {show(found.f1, '+.3f')}\n"
        )
    for version in each.versions:
        contexts = ", ".join(f"{name} {count}" for name, count in version.contexts.items())
        parts.append(f"{version.version}: {contexts}\n")
        if version.failed:
            parts.append(
                f"{version.version}: {version.failed} of {version.n} failed; the first: {version.first_error}\n"
            )
    return "\n".join(parts)


def _version(version: VersionReport) -> list[str]:
    wall = version.wall_ms
    return [
        version.version,
        str(version.n),
        "" if wall is None else f"{wall.p50:,.0f}{_between(version.p50_interval_ms)}",
        "" if wall is None else f"{wall.p90:,.0f}{_between(version.p90_interval_ms)}",
        f"{version.new_tokens:g}",
        f"{version.written_tokens:g}",
        "" if version.per_token_ms is None else f"{version.per_token_ms:,.1f}",
        show(version.f1),
    ]


def _stages(each: SettingReport) -> str:
    """Return the table of stages: each version's median, this version's share of the time, and the medians' ratio."""
    names = [version.version for version in each.versions]
    ratios = each.comparison.stages if each.comparison is not None else {}
    rows = [
        [
            part,
            *(f"{version.stages_ms[part]:,.1f}" if version.stages_ms else "" for version in each.versions),
            f"{each.versions[0].shares.get(part, 0.0):.1%}",
            *([f"{ratios[part]:.2f}" if part in ratios else ""] if len(names) > 1 else []),
        ]
        for part in PARTS
    ]
    head = ["stage", *(f"{name}, median ms" for name in names), "share", *(["ratio"] if len(names) > 1 else [])]
    return table(head, rows)


def _between(interval: tuple[float, float] | None) -> str:
    return "" if interval is None else f" [{interval[0]:,.0f}, {interval[1]:,.0f}]"


def _ratio(found: Ratio) -> str:
    return f"{found.ratio:.3f} [{found.low:.3f}, {found.high:.3f}]"

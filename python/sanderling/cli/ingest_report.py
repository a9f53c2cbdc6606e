"""Describes an ingest in words: its counts and its problems."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..memory.ingest.report import IngestReport

KINDS = 8
"""Maximum number of file kinds counted in one line."""


def problems(report: IngestReport, *, verbose: bool) -> Iterator[str]:
    """Yield a line for each problem and warning of an ingest.

    Each failed file has a line; all files of unreadable kinds share one. ``verbose``: a line for each file, be it
    failed or unreadable.
    """
    for uri, reason in report.skipped if verbose else report.failures:
        yield f"skipped {uri}: {reason}"
    if report.unread and not verbose:
        shown = [f"{count:,} {kind}" for kind, count in report.unread.items()]
        more = f" and {len(shown) - KINDS:,} kinds more" if len(shown) > KINDS else ""
        yield f"skipped {', '.join(shown[:KINDS])}{more}: not kinds that can be read (-v names the files)"
    yield from report.warnings
    if report.gone or report.left_out:
        parts = ["whose file is gone"] * bool(report.gone) + ["that are left out now"] * bool(report.left_out)
        figures = [f"{count:,}" for count in (report.gone, report.left_out) if count]
        kept = " and ".join(f"{figure} {part}" for figure, part in zip(figures, parts, strict=True))
        yield f"kept notes under these folders: {kept}; --prune forgets them"


def counts(report: IngestReport) -> str:
    """Return the counts of an ingest as text.

    "moved" and "warned" are left out if they are 0.
    """
    moved = f"{report.moved} moved, " if report.moved else ""
    warned = f", {len(report.warned)} warned" if report.warned else ""
    return (
        f"{report.added} added, {report.changed} changed, {moved}{report.unchanged} unchanged, "
        f"{report.removed} removed, {len(report.skipped)} skipped{warned}"
    )

"""The tables of Sanderling and its peers."""

from __future__ import annotations

from collections.abc import Sequence

from ...records import Record
from ..answers.evaluate import table
from ..metrics.estimate import show
from .row import Cost, PeerRow
from .standing import Standing
from .verdict import PeerVerdict, shown


class PeersReport(Record):
    """Results of all programs, with the settings needed to repeat the run."""

    machine: dict[str, object]
    settings: dict[str, object]
    packages: dict[str, dict[str, str]]
    installed_bytes: dict[str, int]
    """Size of each peer's environment."""
    defaults: dict[str, str]
    costs: tuple[Cost, ...]
    standings: tuple[Standing, ...]
    verdicts: tuple[PeerVerdict, ...]
    rows: tuple[PeerRow, ...]
    seed: int
    interrupted: bool = False

    def to_markdown(self) -> str:
        """Return the settings, a table of answers, and a table of costs."""
        settings = ", ".join(f"{name} {value}" for name, value in self.settings.items())
        parts = [f"\n{settings}\n"]
        parts += [
            f"{name}: {', '.join(f'{each} {version}' for each, version in found.items())}; {self.defaults[name]};"
            f" environment {self.installed_bytes[name] / 1e6:,.0f} MB\n"
            for name, found in self.packages.items()
        ]
        parts += [_answers(self.standings), _costs(self.costs), shown(self.verdicts)]
        failed = [row for row in self.rows if row.error]
        if failed:
            parts.append(f"{len(failed)} answers failed and count as wrong; the first: {failed[0].error}\n")
        return "\n".join(parts)


def _answers(found: Sequence[Standing]) -> str:
    head = ["notes", "n", "program", "R@5", "EM", "F1", "contains", "declined", "words"]
    head += ["first token P50 ms", "answer P50 ms", "F1 of ours over it", "contains likewise", "its median / ours"]
    rows = [
        [each.hops, str(each.n) + (f" ({each.failed} failed)" if each.failed else ""), each.peer]
        + [f"{value:.2f}" for value in (each.recall, each.em, each.f1, each.contains, each.declined)]
        + [f"{value:,.0f}" for value in (each.words, each.first_ms, each.total_ms)]
        + [show(each.f1_gain, "+.2f"), show(each.contains_gain, "+.2f"), show(each.sooner)]
        for each in found
    ]
    return table(head, rows)


def _costs(found: Sequence[Cost]) -> str:
    head = ["set", "program", "ingest s", "peak RSS MB", "disk MB", "cold start ms"]
    rows = []
    for each in found:
        sizes = [f"{each.peak_rss_bytes / 1e6:,.0f}", f"{each.disk_bytes / 1e6:.1f}"]
        cold = "failed" if each.cold_start_ms is None else f"{each.cold_start_ms:,.0f}"
        rows.append([each.set, each.peer, f"{each.ingest_s:.1f}", *sizes, cold])
    return table(head, rows)

"""Compare runs A and B row by row, by the ratio B / A of the rows' means.

Each ratio has an interval. A ratio is meaningful only if nothing else differs. Runs with different settings are
therefore refused, with a list of the differences, unless the caller allows them; the list then precedes the table.
Versions and commits may differ, as they are usually what is compared.

Repetitions are paired if the two runs alternated in time, and each question is paired with itself. Everything else is
resampled separately for each run, and the table states which.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..errors import UsageError
from ..records import Record
from .matrix.row import Row
from .metrics.bootstrap import LEAST, Ratio, ratio, took_turns
from .report import Run
from .scenarios.scenarios import ScenarioRequest

SEED = 0
SAME_MACHINE = ("machine", "cpu", "arch", "logical_cores", "ram_total_bytes", "governor")
"""Fields of the machine block that must be equal; the others may differ."""
SAME_SETTINGS = ("profile", "device_class", "workload", "max_tokens", "temperature", "router")


class Line(Record):
    """One compared row."""

    what: str
    unit: str
    """``t/s``, where higher is better, or ``ms``, where lower is better."""
    a: float
    """Mean of run A."""
    b: float
    b_over_a: Ratio
    verdicts: tuple[str, str]


class Comparison(Record):
    """The comparison of two runs."""

    a: str
    b: str
    """Commit and start time of run B; ``a`` likewise for run A."""
    seed: int
    differences: tuple[str, ...]
    """Descriptions of the settings that differ."""
    lines: tuple[Line, ...]
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]

    def to_markdown(self) -> str:
        """Return the comparison as a Markdown table, preceded by the settings that differ."""
        parts = [f"A: {self.a}\nB: {self.b}\nseed {self.seed}, 95 % bootstrap intervals\n"]
        parts += [f"Differs: {each}\n" for each in self.differences]
        parts.append(
            "\n| row | A | B | B / A | interval | drawn | n | verdicts |\n"
            "| --- | ---: | ---: | ---: | --- | --- | --- | --- |\n"
        )
        for line in self.lines:
            found = line.b_over_a
            parts.append(
                f"| {line.what} | {line.a:,.1f} {line.unit} | {line.b:,.1f} {line.unit} | {found.ratio:.3f}"
                f"{' *' if found.differs else ''} | [{found.low:.3f}, {found.high:.3f}]"
                f" | {'in pairs' if found.paired else 'independently'} | {found.n[0]}, {found.n[1]}"
                f" | {', '.join(dict.fromkeys(line.verdicts))} |\n"
            )
        parts.append(f"\n* the interval leaves out 1, with at least {LEAST} values on each side\n")
        parts += [f"Only in A: {each}\n" for each in self.only_a]
        parts += [f"Only in B: {each}\n" for each in self.only_b]
        return "".join(parts)


def compare(a: Run, b: Run, *, anyway: bool = False, seed: int = SEED) -> Comparison:
    """Compare the rows that both runs contain.

    ``anyway``: compare even if settings differ. Raises UsageError if they differ and it is False, or if the runs have
    no row in common.
    """
    rows_a, rows_b = _rows(a), _rows(b)
    asked_a, asked_b = _asked(a), _asked(b)
    common = [name for name in rows_a if name in rows_b]
    different = tuple(dict.fromkeys(_differences(a, b, [(rows_a[name], rows_b[name]) for name in common])))
    if different and not anyway:
        raise UsageError(
            f"the runs were set up otherwise ({'; '.join(different)}): measure again alike, or compare them --anyway"
        )
    lines = [_row(name, rows_a[name], rows_b[name], seed) for name in common]
    for name in asked_a:
        if name in asked_b:
            lines += _requests(name, a, b, asked_a[name], asked_b[name], seed)
    if not lines:
        raise UsageError("the runs have no row in common: measure the same models with the same tests and threads")
    names_a, names_b = [*rows_a, *asked_a], [*rows_b, *asked_b]
    return Comparison(
        a=_title(a),
        b=_title(b),
        seed=seed,
        differences=different,
        lines=tuple(lines),
        only_a=tuple(name for name in names_a if name not in names_b),
        only_b=tuple(name for name in names_b if name not in names_a),
    )


def _title(run: Run) -> str:
    return f"{run.machine.get('commit') or run.machine.get('sanderling')}, {run.started}"


def _rows(run: Run) -> dict[str, Row]:
    """Return the rows of ``run``, keyed by the names under which they are compared.

    If several rows have the same name, the first is kept.
    """
    found: dict[str, Row] = {}
    for row in run.rows:
        found.setdefault(f"{row.label} {row.shape.name}, {row.n_threads} threads", row)
    return found


def _asked(run: Run) -> dict[str, dict[tuple[str, int], ScenarioRequest]]:
    found: dict[str, dict[tuple[str, int], ScenarioRequest]] = {}
    for request in run.requests:
        if not request.error:
            name = f"{request.label} {request.scenario}, from end to end"
            found.setdefault(name, {})[request.question_id, request.round] = request
    return found


def _differences(a: Run, b: Run, pairs: list[tuple[Row, Row]]) -> Iterator[str]:
    for name in SAME_MACHINE:
        if a.machine.get(name) != b.machine.get(name):
            yield f"{name} {a.machine.get(name)} / {b.machine.get(name)}"
    for name in SAME_SETTINGS if a.requests and b.requests else SAME_SETTINGS[:2]:
        left, right = getattr(a.settings, name), getattr(b.settings, name)
        if left != right:
            yield f"{name} {left} / {right}"
    for row_a, row_b in pairs:
        if row_a.engine.split()[0] != row_b.engine.split()[0]:  # its version may differ
            yield f"engine {row_a.engine} / {row_b.engine}"
        for name in ("backend", "model_filename", "model_size", "synthetic", "warm_up"):
            left, right = getattr(row_a, name), getattr(row_b, name)
            if left != right:
                yield f"{row_a.label}: {name} {left} / {right}"
        for name in dict.fromkeys((*row_a.load, *row_b.load)):
            if row_a.load.get(name) != row_b.load.get(name):
                yield f"{row_a.label}: {name} {row_a.load.get(name)} / {row_b.load.get(name)}"


def _row(name: str, a: Row, b: Row, seed: int) -> Line:
    paired = took_turns([sample.began_s for sample in a.samples], [sample.began_s for sample in b.samples])
    return Line(
        what=name,
        unit="t/s",
        a=a.mean,
        b=b.mean,
        b_over_a=ratio(a.speeds, b.speeds, paired=paired, seed=seed),
        verdicts=(a.verdict.name, b.verdict.name),
    )


def _requests(
    name: str,
    run_a: Run,
    run_b: Run,
    a: dict[tuple[str, int], ScenarioRequest],
    b: dict[tuple[str, int], ScenarioRequest],
    seed: int,
) -> Iterator[Line]:
    """Yield one line that compares the latency of the questions that both runs answered.

    The latencies are paired by question. Nothing is yielded if there is no such question.
    """
    both = [key for key in a if key in b]
    if both:
        left, right = ([each[key].timings_ms.total for key in both] for each in (a, b))
        yield Line(
            what=name,
            unit="ms",
            a=sum(left) / len(left),
            b=sum(right) / len(right),
            b_over_a=ratio(left, right, paired=True, seed=seed),
            verdicts=(_verdict(run_a, a[both[0]]), _verdict(run_b, b[both[0]])),
        )


def _verdict(run: Run, request: ScenarioRequest) -> str:
    return next(
        each.verdict.name for each in run.scenarios if (each.label, each.scenario) == (request.label, request.scenario)
    )

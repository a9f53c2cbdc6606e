"""The record of one run, which can be written as JSON lines.

The first line is the run without samples; one line per row, scenario and request follows.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ...errors import UsageError
from ...records import Record
from ..matrix.matrix import LeftOut
from ..matrix.row import Row
from ..scenarios.latency import Scenario
from ..scenarios.scenarios import ScenarioRequest
from ..scenarios.target import Target

FORMAT = 1


class Settings(Record):
    """All settings of a run, whether given by the caller or defaults."""

    models: tuple[str, ...]
    """Model labels, smallest first."""
    engine: str
    """The engine as requested; each row names the one used."""
    profile: str
    device_class: str
    threads: tuple[int, ...]
    """Thread counts; empty: the profile's count and a sweep."""
    tests: tuple[str, ...]
    repetitions: int
    warm_up: int
    """Repetitions per row before the counted ones."""
    quick: bool
    workload: str
    """Name of the workload; empty: no scenarios."""
    requests: int | None
    """Questions per scenario; None: every question once."""
    max_tokens: int
    temperature: float
    router: str


class Run(Record):
    """One benchmark run: its settings and all results."""

    format: int
    machine: dict[str, object]
    started: str
    """Start time, ISO-8601, UTC."""
    seconds: float
    settings: Settings
    rows: tuple[Row, ...]
    scenarios: tuple[Scenario, ...]
    targets: tuple[Target, ...]
    """One target per model that was asked simple questions."""
    requests: tuple[ScenarioRequest, ...]
    shortened: tuple[str, ...]
    """Descriptions of what was cut to stay within the time limit."""
    left_out: tuple[LeftOut, ...]
    calibrated: int
    """Number of measurements passed to :mod:`sanderling.device.calibration`."""
    interrupted: bool = False
    """Whether Ctrl-C ended the run; the results were measured before."""

    def jsonl(self) -> str:
        """Return the run as JSON lines, with all samples and readings; :func:`read` parses them."""
        head = msgspec.structs.replace(self, rows=(), scenarios=(), requests=())
        lines: list[tuple[str, Record]] = [("run", head)]
        lines += [("row", row) for row in self.rows]
        lines += [("scenario", scenario) for scenario in self.scenarios]
        lines += [("request", request) for request in self.requests]
        return "".join(msgspec.json.encode({"kind": kind, "value": value}).decode() + "\n" for kind, value in lines)


class _Line(Record):
    kind: str
    value: msgspec.Raw


def read(path: Path) -> Run:
    """Read a run from a file of lines made by :meth:`Run.jsonl`. Raises UsageError for any other file."""
    try:
        lines = [msgspec.json.decode(line, type=_Line) for line in path.read_bytes().splitlines() if line.strip()]
        if not lines or lines[0].kind != "run":
            raise UsageError(f"{path} is no benchmark run: write one with  sanderling bench --raw FILE")
        run = msgspec.json.decode(lines[0].value, type=Run)
        if run.format != FORMAT:
            raise UsageError(f"{path} has format {run.format}, this version reads {FORMAT}: measure again")
        return msgspec.structs.replace(
            run,
            rows=tuple(msgspec.json.decode(line.value, type=Row) for line in lines if line.kind == "row"),
            scenarios=tuple(
                msgspec.json.decode(each.value, type=Scenario) for each in lines if each.kind == "scenario"
            ),
            requests=tuple(
                msgspec.json.decode(each.value, type=ScenarioRequest) for each in lines if each.kind == "request"
            ),
        )
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path} is no benchmark run ({error}): write one with  sanderling bench --raw FILE"
        ) from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}") from error

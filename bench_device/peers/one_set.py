"""Let all programs read one set's notes, and ask the programs the set's questions in turn."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import msgspec

from ...errors import EngineError
from ...memory.read.document import Document
from ...memory.read.read import read
from ...records import Record
from ..answers.open_workload import Progress
from ..metrics import quality
from ..raw_rows import RawRows
from ..workloads import Question, Workload, document_id
from .process import PeerProcess, cold_start_ms
from .row import Cost, PeerRow

STARTS = 3
"""New processes of each program, from which the median cold start is taken."""


class Program(Record):
    """Sanderling or a peer, as a command that answers lines of JSON."""

    name: str
    command: tuple[str, ...]
    settings: dict[str, object]


def texts_of(notes: Path) -> list[dict[str, str]]:
    """Return the text of each document of a workload, as Sanderling's readers extract it.

    The peers cannot read some of the formats.
    """
    found = []
    files = sorted(path for path in notes.rglob("*") if path.is_file()) if notes.is_dir() else [notes]
    for path in files:
        for document in read(path.resolve(), lambda uri: None, notes.resolve() if notes.is_dir() else None):
            if isinstance(document, Document):
                titled = document.text.startswith((document.title, f"# {document.title}"))
                whole = document.text if titled else f"{document.title}\n{document.text}"
                found.append({"id": document_id(document.uri, notes), "text": whole})
    return found


def measure_set(
    work: Workload,
    questions: Sequence[Question],
    programs: Sequence[Program],
    rows: RawRows[tuple[str, str], PeerRow],
    costs: RawRows[tuple[str, str], Cost],
    on_progress: Progress,
) -> None:
    """Ask the questions missing from ``rows``, rotating the order of programs; then restart each program.

    Results go to the files.
    Nothing is done for a set that was measured to its end. Raises EngineError for a program that cannot read the notes.
    """
    wanted = [(program.name, _key(work, question)) for question in questions for program in programs]
    if all(key in rows.asked for key in wanted) and all((each.name, work.name) in costs.asked for each in programs):
        return
    with TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = Path(temporary)
        documents = folder / "documents.json"
        documents.write_bytes(msgspec.json.encode(texts_of(work.notes)))
        placed = [_placed(program, work, folder) for program in programs]
        running: dict[str, PeerProcess] = {}
        seconds: dict[str, float] = {}
        for number, each in enumerate(placed):
            on_progress(number, len(placed), f"{each.name} reads {work.name}")
            process = PeerProcess(each.name, each.command, each.settings, folder / f"{each.name}.log")
            running[each.name] = stack.enter_context(process)
            seconds[each.name] = float(process.call("ingest", documents=str(documents))["seconds"])
            process.call("ask", question="What else is there to know?")  # loads the model; not counted
        order = list(running)
        for at, question in enumerate(questions):
            first = at % len(order)
            for name in [*order[first:], *order[:first]]:
                if (name, _key(work, question)) not in rows.asked:
                    rows.add(_ask(running[name], work, question))
            on_progress(at + 1, len(questions), f"questions of {work.name}")
        # A run that went on from a file asked only the rest, so the peaks of the rows count as well.
        peaks = {
            name: max(
                process.peak_rss_bytes,
                *(row.peak_rss_bytes for row in rows.asked.values() if (row.peer, row.set) == (name, work.name)),
            )
            for name, process in running.items()
        }
        stack.close()  # all of them, before each starts anew, alone
        starts = _unasked(work, questions)
        for number, each in enumerate(placed):
            on_progress(number, len(placed), f"{each.name} starts anew")
            disk = _bytes(folder / each.name)
            log = folder / f"{each.name}.log"
            cold = list[float]()
            for start in starts:
                with suppress(EngineError):  # it fails as a question of the rows does, and ends no run
                    cold.append(cold_start_ms(each.name, each.command, each.settings, log, start.text))
            costs.add(
                Cost(
                    peer=each.name,
                    set=work.name,
                    ingest_s=seconds[each.name],
                    peak_rss_bytes=peaks[each.name],
                    disk_bytes=disk,
                    cold_start_ms=median(cold) if cold else None,
                )
            )


def _placed(program: Program, work: Workload, folder: Path) -> Program:
    """Return ``program`` with a folder of its own inside ``folder`` for what it keeps of the notes."""
    own = folder / program.name
    own.mkdir()
    settings = {**program.settings, "folder": str(own), "notes": str(work.notes.resolve())}
    return msgspec.structs.replace(program, settings=settings)


def _unasked(work: Workload, questions: Sequence[Question]) -> Sequence[Question]:
    """Return questions for new processes, where there are enough such that no process has kept anything of before."""
    asked = {question.id for question in questions}
    spare = [question for question in work.questions if question.id not in asked]
    return (spare if len(spare) >= STARTS else questions)[:STARTS]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _key(work: Workload, question: Question) -> str:
    return f"{work.name}/{question.id}"


def _ask(process: PeerProcess, work: Workload, question: Question) -> PeerRow:
    row = PeerRow(
        peer=process.name,
        question=_key(work, question),
        set=work.name,
        hops=question.hops,
        answerable=bool(question.answers),
        began_s=time.time(),
    )
    try:
        said = process.call("ask", question=question.text)
        ranked = process.call("rank", question=question.text)["ranked"]
    except EngineError as error:
        return msgspec.structs.replace(row, error=str(error), peak_rss_bytes=process.peak_rss_bytes)
    text, answers = str(said["text"]), question.answers
    return msgspec.structs.replace(
        row,
        text=text,
        first_ms=float(said["first_ms"]),
        total_ms=float(said["total_ms"]),
        recall=quality.recall_at(5, [str(name) for name in ranked], question.gold) if question.gold else 0.0,
        em=quality.exact_match(text, answers) if answers else 0.0,
        f1=quality.f1(text, answers) if answers else 0.0,
        contains=quality.contains(text, answers) if answers else 0.0,
        declined=quality.declined(text),
        words=len(text.split()),
        peak_rss_bytes=process.peak_rss_bytes,
    )

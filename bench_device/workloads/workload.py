"""Read a folder of notes and questions, in one of two layouts.

Ours, as in ``station/``: a folder ``notes`` of documents in any format, and ``questions.jsonl`` with one question per
line. BEIR's (Thakur et al. 2021, arXiv 2104.08663): ``corpus.jsonl``, ``queries.jsonl`` with ``answers`` added to each
line, and ``qrels.tsv``.

A document's id is its path relative to the notes. For an entry of a JSONL file it is that path, ``#`` and the entry's
id.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from ...errors import UsageError
from ...records import Record

_SHIPPED = Path(__file__).parent
_T = TypeVar("_T")


class Question(Record, omit_defaults=True):
    """One question with its accepted answers and gold documents."""

    id: str
    text: str
    answers: tuple[str, ...]
    """Accepted strings; empty: the notes do not hold the answer."""
    gold: tuple[str, ...]
    """Ids of the documents an answer needs; for a multi-hop question in reading order."""
    hops: int
    """Number of documents that must be read in succession, at least 1."""
    kind: str = ""
    demo: bool = False
    """Whether the demonstration asks this question."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Notes to ingest and questions to ask."""

    name: str
    notes: Path
    """Path of the notes: a folder, or the one file that holds the whole corpus."""
    questions: tuple[Question, ...]


class _Query(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    text: str
    answers: tuple[str, ...] = ()
    kind: str = ""


def load(name_or_dir: str | Path) -> Workload:
    """Read a shipped workload by name, or a folder in either layout.

    Raises UsageError if there is no such folder, or if one of its files cannot be read.
    """
    folder = _SHIPPED / name_or_dir if str(name_or_dir) in shipped() else Path(name_or_dir)
    if (folder / "questions.jsonl").is_file() and (folder / "notes").is_dir():
        questions = tuple(_lines(folder / "questions.jsonl", Question))
        return Workload(name=folder.name, notes=folder / "notes", questions=questions)
    if all((folder / name).is_file() for name in ("corpus.jsonl", "queries.jsonl", "qrels.tsv")):
        return _load_beir(folder)
    raise UsageError(
        f"{folder}: not a workload; give one of {', '.join(shipped())}, a folder with notes/ and questions.jsonl, "
        "or one with corpus.jsonl, queries.jsonl and qrels.tsv"
    )


def document_id(uri: str, notes: Path) -> str:
    """Convert a URI of the memory to a document id of the workload.

    The id is relative to the folder ``notes``, or to the folder of the file ``notes``.
    """
    if notes.is_dir():
        path, mark, entry = uri.partition("#")
        return Path(path).relative_to(notes.resolve()).as_posix() + mark + entry
    # By the file's name, because a kept memory was perhaps made when the folder was elsewhere.
    mark = f"{notes.name}#"
    return mark + uri.rpartition(mark)[2]


def shipped() -> tuple[str, ...]:
    """Return the names of the shipped workloads."""
    return tuple(sorted(path.parent.name for path in _SHIPPED.glob("*/questions.jsonl")))


def _load_beir(folder: Path) -> Workload:
    gold = _read_qrels(folder / "qrels.tsv")
    # A query without judgements belongs to another split of the set, as in BEIR's own loader.
    questions = tuple(
        Question(
            id=query.id,
            text=query.text,
            answers=query.answers,
            gold=tuple(f"corpus.jsonl#{document}" for document in gold[query.id]),
            hops=len(gold[query.id]),
            kind=query.kind,
        )
        for query in _lines(folder / "queries.jsonl", _Query)
        if query.id in gold
    )
    return Workload(name=folder.name, notes=folder / "corpus.jsonl", questions=questions)


def _read_qrels(path: Path) -> dict[str, list[str]]:
    """Return the relevant documents of each query, in file order, without the repetitions that some sets contain."""
    gold: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("query-id\t"):
            continue
        try:
            query, document, score = line.split("\t")
            relevant = float(score) > 0
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: expected query-id, corpus-id and score between tabs") from error
        if relevant and document not in gold.setdefault(query, []):
            gold[query].append(document)
    return {query: documents for query, documents in gold.items() if documents}


def _lines(path: Path, kind: type[_T]) -> Iterator[_T]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise UsageError(f"{path}, line {number}: {error}") from error

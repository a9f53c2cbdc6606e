"""Reads a folder of notes and questions into one record, whichever of two layouts it has.

Ours, as in ``station/``: a folder ``notes`` of any documents, and ``questions.jsonl`` whose lines are questions.
BEIR's (Thakur et al. 2021, arXiv 2104.08663): ``corpus.jsonl``, ``queries.jsonl`` with ``answers`` added to each line,
and ``qrels.tsv``.

A document's id is its path relative to the notes; an entry of a JSONL file is that path, ``#`` and the entry's id.
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
    """One question and what is known of its answer."""

    id: str
    text: str
    answers: tuple[str, ...]
    """Accepted strings; none: the notes do not hold the answer."""
    gold: tuple[str, ...]
    """Ids of the documents an answer needs. For a question of several hops, in the order of reading."""
    hops: int
    """Documents that must be read one after the other, at least 1."""
    kind: str = ""
    demo: bool = False
    """Shown by the demonstration."""


class Workload(msgspec.Struct, frozen=True, kw_only=True):
    """Something to ingest and something to ask."""

    name: str
    notes: Path
    """What to ingest: a folder, or the one file that holds the whole corpus."""
    questions: tuple[Question, ...]


class _Query(msgspec.Struct, frozen=True, rename={"id": "_id"}):
    id: str
    text: str
    answers: tuple[str, ...] = ()
    kind: str = ""


def load(name_or_dir: str | Path) -> Workload:
    """Read a workload: the name of one that is shipped, or a folder in either layout.

    Raises UsageError if there is no such folder or a file of it cannot be read.
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


def shipped() -> tuple[str, ...]:
    """Names of the workloads that come with the package."""
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
    """Documents judged relevant, per query, in file order and without the repeats some sets contain."""
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

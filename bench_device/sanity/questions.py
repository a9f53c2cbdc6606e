"""Read the questions of a suite from a folder.

``queries.jsonl`` has one JSON object a line: ``_id``, ``text``, ``answers`` and ``kind``; for multiple choice
``choices``, with the letter of the right one as the answer; for IFEval ``instruction_id_list`` and ``kwargs``. For
BoolQ ``corpus.jsonl`` and ``qrels.tsv`` in BEIR layout give the passage of each question.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ...errors import UsageError
from ...records import Record
from .gsm8k import last_number
from .suites import QUERIES, SuiteName

LETTERS = "ABCDEFGHIJ"
"""Names of the choices, in their order."""
_T = TypeVar("_T")


class Rule(Record):
    """One instruction of an IFEval prompt."""

    id: str
    """Such as ``length_constraints:number_words``."""
    given: dict[str, Any]
    """Its parameters."""


class SanityQuestion(Record, omit_defaults=True):
    """One question of a suite."""

    id: str
    text: str
    answers: tuple[str, ...] = ()
    kind: str = ""
    choices: tuple[str, ...] = ()
    passage: str = ""
    rules: tuple[Rule, ...] = ()

    @property
    def digest(self) -> str:
        """Hash of everything that the question is made of."""
        return hashlib.sha256(msgspec.json.encode(self)).hexdigest()[:16]


class _Query(msgspec.Struct, rename={"id": "_id"}):
    id: str
    text: str
    answers: tuple[str, ...] = ()
    kind: str = ""
    choices: tuple[str, ...] = ()
    instruction_id_list: tuple[str, ...] = ()
    kwargs: tuple[dict[str, Any] | None, ...] = ()


class _Passage(msgspec.Struct, rename={"id": "_id"}):
    id: str
    text: str


def read_questions(suite: SuiteName, folder: Path) -> tuple[SanityQuestion, ...]:
    """Return the questions of a folder, in the order of the file.

    Raises UsageError for a file that cannot be read, and for a question that lacks what its suite needs.
    """
    path = folder / QUERIES
    passages = _passages(folder) if suite == "boolq" else {}
    found = []
    for number, query in _lines(path, _Query):
        try:
            found.append(_question(suite, query, passages))
        except ValueError as error:
            raise UsageError(f"{path}, line {number}: {error}") from error
    if not found:
        raise UsageError(f"{path} holds no question")
    if len({each.id for each in found}) < len(found):
        raise UsageError(f"{path} has two questions with the same _id: number them anew")
    return tuple(found)


def _question(suite: SuiteName, query: _Query, passages: dict[str, str]) -> SanityQuestion:
    rules: tuple[Rule, ...] = ()
    if suite == "gsm8k" and not any(last_number(answer) is not None for answer in query.answers):
        raise ValueError("a sum needs a number among its answers")
    if suite == "boolq" and [answer.lower() for answer in query.answers] not in (["yes"], ["no"]):
        raise ValueError("answers must be yes or no")
    if suite == "mmlu":
        letters = LETTERS[: len(query.choices)]
        if not 2 <= len(query.choices) <= len(LETTERS) or len(query.answers) != 1 or query.answers[0] not in letters:
            raise ValueError(f"give 2 to {len(LETTERS)} choices, and the letter of the right one as the answer")
    if suite == "ifeval":
        if not query.instruction_id_list or len(query.kwargs) not in (0, len(query.instruction_id_list)):
            raise ValueError("give instruction_id_list, and kwargs of the same length")
        given = query.kwargs or ({},) * len(query.instruction_id_list)
        # The published file has all parameters in each entry, those of other rules as null.
        rules = tuple(
            Rule(id=id, given={name: value for name, value in (each or {}).items() if value is not None})
            for id, each in zip(query.instruction_id_list, given, strict=True)
        )
    return SanityQuestion(
        id=query.id,
        text=query.text,
        answers=query.answers,
        kind=query.kind,
        choices=query.choices if suite == "mmlu" else (),
        passage=passages.get(query.id, ""),
        rules=rules,
    )


def _passages(folder: Path) -> dict[str, str]:
    """Return the passages of each question, by its id; empty if the folder has none."""
    corpus, qrels = folder / "corpus.jsonl", folder / "qrels.tsv"
    if not corpus.is_file() or not qrels.is_file():
        return {}
    texts = {each.id: each.text for _, each in _lines(corpus, _Passage)}
    found: dict[str, list[str]] = {}
    for number, line in enumerate(_text(qrels).splitlines(), start=1):
        if not line.strip() or line.startswith("query-id\t"):
            continue
        fields = line.split("\t")
        if len(fields) != 3:
            raise UsageError(f"{qrels}, line {number}: expected query-id, corpus-id and score between tabs")
        if fields[1] in texts:
            found.setdefault(fields[0], []).append(texts[fields[1]])
    return {id: "\n\n".join(each) for id, each in found.items()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _lines(path: Path, kind: type[_T]) -> Iterator[tuple[int, _T]]:
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raise UsageError(f"{path}, line {number}: {error}") from error

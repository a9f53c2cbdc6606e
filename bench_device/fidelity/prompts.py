"""Short prompts made of the station's questions and contexts that hold the answers.

A context has one sentence of each note that the question needs. No retrieval and no embedder takes part, so that two
files of one model differ in their weights only. Two kinds of questions are left out: those without an answer, and those
that need a PDF, whose reader is an extra.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from ...engines.chat_format import ChatFormat, Tokenize, encode
from ...memory.read.document import Document
from ...memory.read.read import read
from ...records import Message, Record
from ...request.history import SYSTEM
from ...text.answer_checks import normalise
from ...text.sentences import sentences, words
from ..workloads import Question, load

SENTENCE_CHARACTERS = 240
"""Longest sentence shown, of which the beginning is kept: about 60 tokens."""


class ShortPrompt(Record):
    """A question, and the user message that contains the question and its context."""

    question: Question
    message: str

    def ids(self, tokenize: Tokenize, format: str | ChatFormat) -> tuple[tuple[int, ...], int]:
        """Return the token ids of the prompt, and how many of them belong to the system prompt.

        ``format``: the chat format.
        """
        system = Message(role="system", content=SYSTEM)
        turns = [system, Message(role="user", content=self.message)]
        return tuple(encode(tokenize, format, turns)), len(encode(tokenize, format, [system]))


@lru_cache(maxsize=1)
def station() -> tuple[ShortPrompt, ...]:
    """Return the prompts of the station's questions, in the order of the workload."""
    workload = load("station")
    found = []
    for question in workload.questions:
        notes = [document for gold in question.gold for document in _documents(workload.notes, gold)]
        if question.answers and len(notes) == len(question.gold):
            blocks = "\n\n".join(f"[{n}] {note.title}: {_shown(note, question)}" for n, note in enumerate(notes, 1))
            found.append(ShortPrompt(question=question, message=f"{blocks}\n\nQuestion: {question.text}"))
    return tuple(found)


def _documents(notes: Path, gold: str) -> Iterator[Document]:
    name, _, entry = gold.partition("#")
    if name.endswith(".pdf"):
        return
    for document in read(notes / name, lambda _: None):
        if isinstance(document, Document) and (not entry or document.uri.rpartition("#")[2] == entry):
            yield document


def _shown(note: Document, question: Question) -> str:
    """Return the note's best sentence: one with an answer if there is one, else the one most like the question.

    A heading or another line without a full stop is no sentence.
    """
    # Without the space the end of a link's text would join the beginning of its address.
    pieces = [piece[:SENTENCE_CHARACTERS] for piece in sentences(note.text.replace("](", "] ("))]
    whole = [piece for piece in pieces if piece.endswith((".", "!", "?"))] or pieces
    answers = [f" {normalise(answer)} " for answer in question.answers]
    wanted = set(words(question.text))

    def merit(piece: str) -> tuple[bool, int]:
        has_answer = any(answer in f" {normalise(piece)} " for answer in answers)
        return has_answer, len(wanted & set(words(piece)))

    return max(whole, key=merit)

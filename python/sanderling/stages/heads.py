"""The lines that structure a prompt: heads of context blocks, the question, and the notice of no notes.

A block's head is short, ``[2] Pump (2024-03-05): The pump leaks.``, because a model reads it before every note: a full
one takes about 18 tokens of a context of 96 to 768. The date stands there where the document gives one and its
title and beginning do not; a file where another note has the same title. The full head names weight, type and tags as
well. An answer always has it, in :class:`~sanderling.SourceNote` and ``--json``; a prompt has it if ``block_head`` of
``config.toml`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from ..engines.chat_format import openings
from ..records import BlockHead, Node
from ..text.dates.written import written
from . import quoting

PROMPT_VERSION = 4
"""Raised when the same notes and the same question make another prompt; answers kept for another are not used."""
SHORT = "[{number}] "
FULL = "[Context block {number}] (score={score:.2f}, type={type}{tags}{date})"
QUESTION = "Question: "
NOTHING_FOUND = "(no notes were found)"
SEPARATOR = "\n\n"
"""End of each block."""
_OURS = quoting.beginnings((FULL, QUESTION, NOTHING_FOUND, *openings()))
_NO_WORD = re.compile(r"[^\w .:/#+&'@-]+")
"""Characters that could end a field of the head, such as brackets, commas and line breaks."""


def render(
    node: Node, number: int, score: float, text: str | None = None, head: BlockHead = "short", file: str = ""
) -> str:
    """Return one context block. ``score``: attention weight relative to the heaviest node's, 0 to 1.

    ``text``: sentences of the node to show; None: its whole text. ``file``: what tells the note from others of its
    title; empty: nothing. Lines that imitate the prompt are quoted.
    """
    shown = node.text if text is None else text
    named = bool(node.title) and (bool(file) or not shown.startswith((node.title, f"# {node.title}")))
    title = f"{node.title} ({_field(file)})" if named and file else node.title if named else ""
    date = date_of(node)
    if date and (date in shown[: len(node.title) + len(date) + 4] or date in _days(title).values()):
        date = ""
    if head == "short":
        before = f"{title} ({date}): " if title and date else f"{title or date}: " if title or date else ""
        return SHORT.format(number=number) + (quoted(before) if before else "") + quoted(shown)
    tags = ",".join(filter(None, map(_field, node.metadata.tags)))
    line = FULL.format(
        number=number,
        score=score,
        type=_field(node.type),
        tags=tags and f", tags={tags}",
        date=date and f", date={date}",
    )
    body = f"{title}\n{shown}" if named else shown
    return f"{line}\n{quoted(body)}"


def date_of(node: Node) -> str:
    """Return the date stated in a note; empty if none is stated.

    The date is a day, week, month or quarter. The time of a file or of an ingest is none: all notes that were
    copied together have the same.
    """
    day = node.metadata.timestamp[:10]
    if node.metadata.dated == "stated":
        return _field(day)
    if node.metadata.dated != "name":
        return ""
    # Only the day of its beginning is stored of a week, month or quarter.
    return _days("/".join(node.uri.split("/")[-3:])).get(day, _field(day))


@lru_cache(maxsize=4096)
def _days(text: str) -> dict[str, str]:
    """Return the dates in ``text`` as ISO-8601, by the day on which each begins: "2024-W10" by "2024-03-04"."""
    found: dict[str, str] = {}
    for each in written(text):
        if (span := each.span()) is not None and each.unit != "year":
            day = span.first.isoformat()
            signs = {"day": day[5:], "week": f"W{each.number:02}", "month": day[5:7], "quarter": f"Q{each.number}"}
            found.setdefault(day, f"{each.year}-{signs[each.unit]}")
    return found


def files_apart(nodes: Iterable[Node]) -> dict[str, str]:
    """Return path endings that distinguish documents with the same title.

    They are as short as possible, and keyed by address.
    """
    titled: dict[str, list[str]] = {}
    for node in nodes:
        if node.title and node.uri and node.uri not in titled.setdefault(node.title, []):
            titled[node.title].append(node.uri)
    return {uri: _end(uri, uris) for uris in titled.values() if len(uris) > 1 for uri in uris}


def _end(uri: str, others: list[str]) -> str:
    """Return the last parts of ``uri``, as many as it takes to tell it from all of ``others``."""
    parts = uri.split("/")
    for count in range(1, len(parts)):
        end = "/".join(parts[-count:])
        if sum(f"/{other}".endswith(f"/{end}") for other in others) == 1:
            return end
    return uri


def quoted(text: str) -> str:
    """Mark each line of ``text`` that begins like a line of the prompt."""
    return quoting.quoted(text, _OURS)


def joined(sentences: Iterable[str]) -> str:
    """Join the sentences of a note with blanks.

    A sentence that imitates the prompt begins a line, so that it is quoted.
    """
    found = ""
    for sentence in sentences:
        between = "\n" if quoting.imitates(sentence, _OURS) else " "
        found += between + sentence if found else sentence
    return found


def _field(words: str) -> str:
    return _NO_WORD.sub(" ", words).strip()

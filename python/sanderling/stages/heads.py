"""The lines that structure a prompt: heads of context blocks, the question, and the line for no notes.

A block's head is short, ``[2] Pump: The pump leaks.``, because a model reads it before every note: a full one takes
about 18 tokens of a context of 96 to 768. The full head names weight, type and tags as well. An answer always has it,
in :class:`~sanderling.SourceNote` and ``--json``; a prompt has it if ``block_head`` of ``config.toml`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..engines.chat_format import openings
from ..records import BlockHead, Node
from . import quoting

PROMPT_VERSION = 2
"""Raised when the same notes and the same question make another prompt; answers kept for another are not used."""
SHORT = "[{number}] "
FULL = "[Context block {number}] (score={score:.2f}, type={type}{tags})"
QUESTION = "Question: "
NOTHING_FOUND = "(no notes were found)"
SEPARATOR = "\n\n"
"""What ends each block."""
_OURS = quoting.beginnings((FULL, QUESTION, NOTHING_FOUND, *openings()))
_NO_WORD = re.compile(r"[^\w .:/#+&'@-]+")
"""Characters that could end a field of the head, such as brackets, commas and line breaks."""


def render(node: Node, number: int, score: float, text: str | None = None, head: BlockHead = "short") -> str:
    """Return one context block. ``score``: attention weight relative to the heaviest node's, 0 to 1.

    ``text``: sentences of the node to show; None: its whole text. Lines that imitate the prompt are quoted.
    """
    shown = node.text if text is None else text
    named = bool(node.title) and not shown.startswith((node.title, f"# {node.title}"))
    if head == "short":
        title = quoted(f"{node.title}: ") if named else ""
        return SHORT.format(number=number) + title + quoted(shown)
    tags = ",".join(filter(None, map(_field, node.metadata.tags)))
    line = FULL.format(number=number, score=score, type=_field(node.type), tags=tags and f", tags={tags}")
    body = f"{node.title}\n{shown}" if named else shown
    return f"{line}\n{quoted(body)}"


def quoted(text: str) -> str:
    """Return ``text`` with a mark before each line that begins like a line of the prompt."""
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

"""``sanderling search``: show the notes found for a question.

No model is run.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from ..ranges import Range
from . import options, output
from .memory_warnings import reporting_warnings
from .question import QuestionArgument, given_question, read_question
from .searched_memory import searched_memory
from .through import service_for

if TYPE_CHECKING:
    from ..records import SourceNote

EXAMPLES = "Examples:  sanderling search 'feed pump' -k 3   |   sanderling search 'feed pump' --in ~/notes --json"

NOTES = Range(1, 256)
"""Allowed range of the number of notes. A search ranks at most 256 nodes."""
EXCERPT = 160
"""Number of characters printed of a note's text, below its title."""


def search(
    question: QuestionArgument,
    memory: options.MemoryOption = None,
    k: Annotated[int, options.number(NOTES, "-k", help="Show at most N notes.")] = 10,
    threads: options.ThreadsOption = None,
    type: options.TypeOption = None,
    source: options.SourceOption = None,
    tag: options.TagOption = None,
    domain: options.DomainOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    under: options.InOption = None,
    no_server: options.NoServerOption = False,
    json: options.JsonOption = False,
) -> None:
    """Show the notes found for a question, best first. No model is needed."""
    wanted = (type, source, tag, domain, since, until, under)
    found: Any
    service = service_for(memory, no_server, threads=threads)
    if service is not None:
        question, fields = given_question(question), options.filter_fields(*wanted)
        with reporting_warnings(service.memory, service):
            found, excerpts = service.search(question, filter=fields, k=k, excerpt=EXCERPT, warn=output.warn)
        if not json:
            _show(found.value, excerpts)
    else:
        found = _found(memory, question, wanted, threads)[:k]
        if not json:
            from ..memory.read.excerpt import excerpt

            _show(found, [excerpt(note.text, EXCERPT) for note in found])
    if json:
        output.json_line(found)


def _show(found: Sequence[SourceNote], excerpts: Sequence[str]) -> None:
    for number, (note, words) in enumerate(zip(found, excerpts, strict=True), start=1):
        output.line(f"{number:3}  {note.title or note.node_id}  (score {note.score:.2f}, {note.uri or note.node_id})")
        output.line(f"     {words}")


def _found(memory: Path | None, question: str, wanted: Any, threads: int | None) -> tuple[SourceNote, ...]:
    """Search in this process, and return the notes, best first. Raises UsageError if there are none to find."""
    from ..stages.search_notes import search_notes

    question, filter = read_question(question), options.filter_of(*wanted)
    opened = searched_memory(memory, threads)
    with reporting_warnings(opened):
        return search_notes(opened, question, filter, output.warn)

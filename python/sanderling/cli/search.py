"""``sanderling search``: show the notes that the memory finds for a question, without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from ..ranges import Range
from . import options, output
from .excerpt import excerpt
from .memory_warnings import reporting_warnings
from .question import QuestionArgument, read_question

if TYPE_CHECKING:
    from ..filter import Filter
    from ..memory import Memory
    from ..records import SourceNote

EXAMPLES = "Examples:  sanderling search 'feed pump' -k 3   |   sanderling search 'feed pump' --in ~/notes --json"

NOTES = Range(1, 256)
"""A search weighs at most 256 nodes."""
EXCERPT = 160
"""Characters of a note's text that are printed below its title."""


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
    json: options.JsonOption = False,
) -> None:
    """Show the notes that the memory finds for a question, best first. No model is needed."""
    from ..memory import Memory
    from ..models import configured
    from ..models.embedder import open_for_memory

    question = read_question(question)
    filter = options.filter_of(type, source, tag, domain, since, until, under)
    path = options.existing_memory(memory)
    settings = configured.load()
    n_threads = threads or settings.n_threads or _threads_of_profile()
    embedder, warning = open_for_memory(path, settings.embedder, n_threads=n_threads)
    opened = Memory.open(path, embedder, warning=warning)
    with reporting_warnings(opened):
        found = _find(opened, question, filter)[:k]
    if json:
        output.json_line(found)
        return
    for number, note in enumerate(found, start=1):
        output.line(f"{number:3}  {note.title or note.node_id}  (score {note.score:.2f}, {note.uri or note.node_id})")
        output.line(f"     {excerpt(note.text, EXCERPT)}")


def _find(memory: Memory, question: str, filter: Filter) -> tuple[SourceNote, ...]:
    """Return all notes found, best first. Raises UsageError if there are none to find."""
    from ..errors import UsageError
    from ..request.request import Request
    from ..stages.answer import ranked_sources
    from ..stages.find_notes import find_notes, require_notes

    if not len(memory):
        raise UsageError(f"the memory at {memory.store.path} holds no notes: run  sanderling ingest FOLDER  first")
    request = Request(query=question, filter=filter)
    found, nodes = find_notes(memory, memory.embedder, request)
    require_notes(memory, found)
    for warning in request.warnings:
        output.warn(warning)
    return ranked_sources(found, nodes)


def _threads_of_profile() -> int:
    from ..device import profiles

    return profiles.choose().profile.threads_prefill

"""Answers ``ask --quote`` with a sentence of the notes.

Nothing is imported that only a model needs.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import options
from .memory_warnings import reporting_warnings
from .question import given_question, read_question
from .searched_memory import searched_memory
from .through import service_for

if TYPE_CHECKING:
    from ..records import Answer


def answer(
    question: str, memory: Path | None, wanted: Any, threads: int | None, no_server: bool, *, limit: int, start: int
) -> Answer:
    """Return the best sentence of the notes as an answer.

    The service of the memory finds it, if one runs. ``wanted``: the options that describe a filter.
    """
    service = service_for(memory, no_server, threads=threads)
    if service is not None:
        with reporting_warnings(service.memory, service):
            fields = options.filter_fields(*wanted)
            return service.quote(given_question(question), filter=fields, limit=limit, start=start)
    from ..listing import Page
    from ..stages.quote_notes import quote_notes

    question, filter = read_question(question), options.filter_of(*wanted)
    opened = searched_memory(memory, threads)
    with reporting_warnings(opened):
        return quote_notes(opened, question, filter, Page(limit, start))

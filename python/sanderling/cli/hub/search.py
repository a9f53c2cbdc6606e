"""``sanderling hub search``: search the notes on the hub.

For devices that hold only a part of them.
"""

from __future__ import annotations

from typing import Annotated

from .. import options, output
from ..question import QuestionArgument, read_question
from ..search import EXCERPT, NOTES
from .options import SpaceOption

EXAMPLES = "Examples:  sanderling hub search 'feed pump' -k 3   |   sanderling hub search 'feed pump' --json"


def search(
    question: QuestionArgument,
    memory: options.MemoryOption = None,
    space: SpaceOption = "notes",
    k: Annotated[int, options.number(NOTES, "-k", help="Show at most N notes.")] = 10,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show the hub's notes that are nearest to a question.

    The question's vector is sent to the hub, not its words.
    """
    from ...device import profiles
    from ...embedding.contract import embed_queries
    from ...hub.connect import connected
    from ...hub.search import search as find
    from ...hub.tables.space import opened
    from ...memory.read.excerpt import excerpt
    from ...models import configured
    from ...models.embedder import open_for_memory
    from .options import rules

    question = read_question(question)
    settings = configured.load()
    rules(settings, sends=True)
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    embedder, warning = open_for_memory(options.memory_path(memory), settings.embedder, n_threads=n_threads)
    if warning:
        output.warn(warning)
    vector = embed_queries(embedder, [question])[0]
    with connected() as connection:
        found = find(opened(connection, space), embedder.id, vector, k)
    if json:
        output.json_line(found)
        return
    for number, note in enumerate(found, start=1):
        output.line(f"{number:3}  {note.title or note.node_id}  (cosine {note.cosine:.2f}, {note.uri or note.node_id})")
        output.line(f"     {excerpt(note.text, EXCERPT)}")

"""Lists, deletes and resumes kept conversations for ``sanderling chat``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import SanderlingError, UsageError
from . import output

if TYPE_CHECKING:
    from ..conversation import Conversation

MOST_SHOWN = 60
"""Maximum number of characters shown of a title."""
ID_SHOWN = 8
"""Number of characters shown of an id. They are enough to identify it."""


def list_all(json: bool) -> None:
    """Print all kept conversations, most recently used first.

    They may be about any memory.
    """
    from .. import config
    from ..conversations.store import FILE, ConversationStore

    store = ConversationStore(config.home() / FILE)
    try:
        shown = store.shown()
    finally:
        store.close()
    if json:
        for each in shown:
            output.json_line(each)
        return
    if not shown:
        output.line("no conversation is kept")
        return
    rows: list[tuple[str, ...]] = [
        (
            each.id[:ID_SHOWN],
            each.used_at[:16].replace("T", " "),
            f"{each.turns:,}",
            each.title[:MOST_SHOWN],
            each.memory,
        )
        for each in shown
    ]
    output.table(("ID", "LAST USED (UTC)", "TURNS", "FIRST QUESTION", "MEMORY"), rows)


def forget(id: str, json: bool) -> None:
    """Delete the conversation whose id begins with ``id``.

    ``id``: ``all``: every conversation. Their text is erased from the disk.
    """
    from .. import config
    from ..conversations.forget import forget_older, forget_one

    count = forget_older(config.home()) if id == "all" else forget_one(config.home(), id)
    if json:
        output.json_line({"forgotten": count})
    else:
        output.line(f"{count:,} {'conversation' if count == 1 else 'conversations'} forgotten")


def forget_this(id: str, json: bool) -> None:
    """Delete the running chat's conversation from the disk.

    As :func:`forget` does; nothing happens if none of it is on the disk.
    """
    from .. import config
    from ..conversations.store import FILE, ConversationStore

    store = ConversationStore(config.home() / FILE)
    try:
        if id and store.ids(id):
            forget(id, json)
    except SanderlingError as error:
        output.warn(str(error))
    finally:
        store.close()


def newest(memory: str) -> str:
    """Return the id of the most recently used conversation about ``memory``. Raises UsageError if there is none."""
    from .. import config
    from ..conversations.store import FILE, ConversationStore

    store = ConversationStore(config.home() / FILE)
    try:
        shown = store.shown(memory)
    finally:
        store.close()
    if not shown:
        raise UsageError(f"no conversation about {memory} is kept: leave out --continue to begin one")
    return shown[0].id


def say_where(conversation: Conversation) -> None:
    """Print the last question and answer of a resumed conversation."""
    turns = conversation.turns
    if not turns:
        return
    last, count = turns[-1], f"{len(turns):,} {'turn' if len(turns) == 1 else 'turns'}"
    output.line(f"{conversation.id[:ID_SHOWN]} goes on after {count}; the last was:", err=True)
    output.text(f"> {last.question}\n{last.answer or '(forgotten with its note)'}", err=True)

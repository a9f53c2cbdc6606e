"""Check whether the change log is intact, and restart a lost log."""

from __future__ import annotations

import secrets

from .cells import MAX_KEY
from .generations import MAX_GENERATION
from .schema import RELATION_LIMIT
from .store import GENERATION_STRIDE, Store

# A row of the change log as the triggers write it: of a transaction, a node or an edge.
_IS = "typeof({0}) = 'integer' AND {0} BETWEEN 0 AND {1}".format
_LOGGED = (
    f"{_IS('generation', MAX_GENERATION)} AND (src IS NULL AND dst IS NULL AND rel IS NULL "
    f"OR {_IS('src', MAX_KEY)} AND (dst IS NULL AND rel IS NULL "
    f"OR {_IS('dst', MAX_KEY)} AND {_IS('rel', RELATION_LIMIT - 1)}))"
)


def change_log_is_lost(store: Store) -> bool:
    """Whether the log is empty or contains a row that this package cannot have written."""
    sound = f"SELECT count(*) > 0 AND coalesce(min(coalesce({_LOGGED}, 0)), 0) FROM change"
    return not store.database.execute(sound)[0][0]


def restart_change_log(store: Store) -> None:
    """Replace the change log with a single new generation. Call inside a writing transaction."""
    store.database.execute("DELETE FROM change")
    # Far from small numbers, so that no snapshot is taken for one of this log.
    generation = GENERATION_STRIDE * (1 + secrets.randbelow(GENERATION_STRIDE))
    store.database.execute("INSERT INTO change(generation) VALUES(?)", (generation,))


def forget_row_changes(store: Store) -> None:
    """Delete the log's rows about nodes and edges, but not its generations. Call inside a writing transaction."""
    store.database.execute("DELETE FROM change WHERE src IS NOT NULL")

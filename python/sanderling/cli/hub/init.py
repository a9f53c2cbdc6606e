"""``sanderling hub init``: create a hub's tables in a database, and let a database role use a space."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import options, output
from .options import SpaceOption

EXAMPLES = "Examples:  sanderling hub init   |   sanderling hub init --space team --role ada"


def init(
    space: SpaceOption = "notes",
    role: Annotated[
        str, typer.Option("--role", help="Role that may use the space. Default: the one that connects.")
    ] = "",
    memory: options.MemoryOption = None,
    json: options.JsonOption = False,
) -> None:
    """Create a hub in the database of SANDERLING_HUB, or let another database role use a space.

    Vectors of the memory's embedder are indexed there, if the extension pgvector is.
    """
    from ...hub.connect import connected
    from ...hub.tables.schema import init as make
    from ...memory.upkeep.blame import opened

    path = options.memory_path(memory)
    if path.exists():
        with opened(path) as store:
            embedder, dim = f"{store.embedder_id} {store.dim}", store.dim
    else:
        embedder, dim = "", 0
    with connected() as connection:
        made = make(connection, space, role, embedder, dim)
    if made.note:
        output.warn(made.note)
    if json:
        output.json_line(made._asdict())
        return
    searches = "pgvector searches it" if made.searches else "it is searched without pgvector"
    output.line(f"space {made.space} is open to {made.role}; {searches}")

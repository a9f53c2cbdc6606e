"""``sanderling memory show``: show a stored document, or list all documents."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...disk.files import of_user, resolved
from ...errors import UsageError
from .. import options, output

if TYPE_CHECKING:
    from ...memory.store.description import Description, Entry
    from ...memory.store.store import Store

EXAMPLES = (
    "Examples:  sanderling memory show   |   sanderling memory show pump.md   |   sanderling memory show 3f2a --json"
)

FIRST_WORDS = 80
"""Number of characters printed of a node's text."""
NEAR = 3
"""Maximum number of similar names listed in an error."""


def show(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[FILE|ID]", help="A file, address or end of one, or a node's id or its beginning."),
    ] = None,
    memory: options.MemoryOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show what is stored about a document: title, aliases, date, tags, nodes and edges. Without FILE, list all."""
    from ...memory.store import description
    from ...memory.upkeep.blame import opened

    with opened(options.existing_memory(memory)) as store:
        entries = description.entries(store)
        if name is not None:
            found = _find(store, entries, name)
            output.json_line(found) if json else _print(found)
        elif json:
            output.json_line(entries)
        else:
            _print_table(entries)


def _find(store: Store, entries: list[Entry], name: str) -> Description:
    """Return the only document or node that ``name`` matches. Raises UsageError if there is none, or several."""
    from ...memory.store import description

    uris = _matching(name, [entry.uri for entry in entries if entry.uri])
    # Only what can be an id is looked up: bytes that are not text could not be.
    ids = (
        description.ids_from(store, name, NEAR + 1)
        if not uris and set(name.lower()) <= set("0123456789abcdef-")
        else []
    )
    ids = [name] if name in ids else ids
    both = [*uris, *ids]
    if len(both) > 1:
        more = ", …" if len(both) > NEAR else ""
        raise UsageError(f"{name} stands for several notes, write more of it: {', '.join(both[:NEAR])}{more}")
    found = description.describe_document(store, uris[0]) if uris else None
    found = description.describe_node(store, ids[0]) if ids else found
    if found is None:
        near = _near(name, entries)
        hint = f"did you mean {', '.join(near)}?" if near else "sanderling memory show  lists what it holds"
        raise UsageError(f"the memory holds nothing of {name}: {hint}")
    return found


def _matching(name: str, uris: list[str]) -> list[str]:
    """Return the addresses that match ``name``.

    An address that equals ``name`` or its absolute path is the only one; otherwise all that end in ``name``. If there
    is no such address either, return those of the lines of the JSONL file ``name``.
    """
    # The memory stores the absolute path of a file.
    path = name if "://" in name else str(resolved(of_user(name)))
    for whole in (name, path):
        if whole in uris:
            return [whole]
    return [uri for uri in uris if name and uri.endswith(f"/{name}")] or [
        # The lines of one JSONL file.
        uri
        for uri in uris
        if name and uri.startswith(f"{path}#")
    ]


def _near(name: str, entries: list[Entry]) -> list[str]:
    """Return addresses and ids of notes with a similar file name or title."""
    from difflib import get_close_matches

    names = {Path(entry.uri).name.lower(): entry.uri for entry in entries if entry.uri}
    names |= {entry.title.lower(): entry.uri or entry.id for entry in entries if entry.title}
    close = get_close_matches(Path(name).name.lower(), list(names), n=NEAR)
    return list(dict.fromkeys(names[each] for each in close))


def _print_table(entries: list[Entry]) -> None:
    output.table(
        ("TITLE", "NODES", "EDGES", "DATE", "PATH OR ID"),
        [
            (entry.title or "-", f"{entry.nodes:,}", f"{entry.edges:,}", entry.date[:10], entry.uri or entry.id)
            for entry in entries
        ],
    )


def _print(found: Description) -> None:
    from ...memory.read.excerpt import excerpt

    output.line(found.title or "(no title)")
    for label, value in (
        ("path", found.uri),
        ("aliases", ", ".join(found.aliases)),
        ("date", found.date),
        ("tags", ", ".join(found.tags)),
        ("language", found.language),
        ("domain", found.domain),
        ("version", found.version),
        ("ingested", found.ingested_at),
        ("nodes", f"{found.node_count:,}"),
    ):
        if value:
            output.line(f"{label:9} {value}")
    for node in found.nodes:
        output.line()
        output.line(f"{node.position + 1}  {node.id}  {node.type}, {node.source}")
        output.line(f"   {excerpt(node.text, FIRST_WORDS)}")
        for edge in node.edges:
            output.line(f"   {edge.relation} {edge.weight:.2f} -> {edge.title or edge.id}")

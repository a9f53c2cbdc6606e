"""``sanderling hub status``: show pending changes, devices and conflict copies."""

from __future__ import annotations

from typing import Annotated

from ... import ranges
from .. import options, output
from .options import SpaceOption, rules

EXAMPLES = "Examples:  sanderling hub status   |   sanderling hub status --copy 3   |   sanderling hub status --json"


def status(
    memory: options.MemoryOption = None,
    space: SpaceOption = "notes",
    copy: Annotated[
        int | None, options.number(ranges.COUNT, "--copy", help="Print the text of this conflict copy instead.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Show pending changes, the devices, and conflict copies.

    A conflict copy is a version that did not count. Changes nothing.
    """
    from ...hub.connect import connected
    from ...hub.status import conflict_text
    from ...hub.status import status as look
    from ...hub.tables.space import opened as in_space
    from ...memory.upkeep.blame import opened
    from ...models import configured

    settings = configured.load()
    if copy is not None:
        with connected() as connection:
            text = conflict_text(in_space(connection, space), copy)
        if json:
            output.json_line({"id": copy, "text": text})
        else:
            output.text(text)
        return
    with opened(options.existing_memory(memory)) as store, connected() as connection:
        found = look(store, in_space(connection, space), rules(settings, sends=False))
    if json:
        output.json_line(found)
        return
    there = ", ".join(f"{count:,} {what}" for what, count in found.hub.items())
    output.line(f"space {found.space}: {there}")
    output.line(
        f"to pull {found.to_pull:,}, to push {found.to_push:,}, private {found.private:,}, waiting {found.waiting:,}"
    )
    output.line(
        f"last exchange {found.last_exchange or 'never'}, this device {found.this_device or 'not known there yet'}"
    )
    for device in found.devices:
        output.line(f"  {device}")
    for each in found.conflicts:
        output.line(f"copy {each.id}: {each.kind} {each.name}, of {each.made_at} by {each.origin}")

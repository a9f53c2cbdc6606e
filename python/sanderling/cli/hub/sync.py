"""``sanderling hub sync``: pull and push, once or repeatedly."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from ... import ranges
from .. import options, output
from ..interrupt import EXIT_CODE
from .options import OnlyOption, SpaceOption

EXAMPLES = (
    "Examples:  sanderling hub sync   |   sanderling hub sync --every 15m   |   sanderling hub sync --only tag=shared"
)


def sync(
    memory: options.MemoryOption = None,
    space: SpaceOption = "notes",
    only: OnlyOption = "",
    every: Annotated[
        float | None, options.duration(ranges.IDLE_S, "--every", help="Again after this time, until Ctrl-C.")
    ] = None,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Pull, then push. With --every, a hub that cannot be reached is tried again at the next time."""
    from ...errors import HubError
    from .exchange import exchange, memory_to_exchange

    with memory_to_exchange(memory, threads) as (opened, settings):
        if every is None:
            exchange(opened, settings, space, "sync", only, json=json)
            return
        try:
            while True:
                try:
                    exchange(opened, settings, space, "sync", only, json=json)
                except HubError as error:
                    output.warn(f"{error}; trying again in {every:,.0f} s")
                opened.index.save()
                time.sleep(every)
        except KeyboardInterrupt:
            raise typer.Exit(EXIT_CODE) from None

"""``sanderling mcp``: offer the memory as tools through the Model Context Protocol."""

from __future__ import annotations

import sys

from .. import heap
from . import options, output
from .memory_warnings import reporting_warnings

EXAMPLES = (
    'Examples:  in a client\'s configuration  {"command": "sanderling", "args": ["mcp"]}   |   '
    "sanderling mcp -m work.sanderling"
)


def mcp(
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
) -> None:
    """Offer the notes as tools on stdin and stdout.

    The tools are search, fetch, ask, remember and forget. No socket is opened. The program that starts this ends it
    too. `sanderling serve` offers the same tools at /mcp.
    """
    path = options.existing_memory(memory)
    from ..server.libraries import require_sdk

    require_sdk()
    heap.use_one_arena()
    from ..runtime import Runtime
    from ..server.mcp import stdio
    from ..server.settings import Settings

    if sys.stdin.isatty():
        output.warn("a program that speaks the Model Context Protocol is expected on stdin (Ctrl-C ends)")
    runtime = Runtime.open(
        path, profile=profile, ladder=ladder, model=model, engine=engine, router=router, n_threads=threads
    )
    with reporting_warnings(runtime.memory, runtime):
        stdio.serve(runtime, Settings())

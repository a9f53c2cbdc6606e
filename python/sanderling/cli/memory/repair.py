"""``sanderling memory repair``: repair a damaged memory file."""

from __future__ import annotations

from .. import options, output
from .kept_answers import forget_stale_answers
from .verify import exit_if_damaged, print_problems

EXAMPLES = "Example:  sanderling memory repair -m notes.sanderling"


def repair(memory: options.MemoryOption = None, json: options.JsonOption = False) -> None:
    """Repair the memory and list what was done. A damaged file is kept, and so are texts that no file holds."""
    from ...memory.upkeep import repair
    from ...models import configured
    from ...models.embedder import open_embedder

    path = options.existing_memory(memory)
    done = repair.repair(path, lambda: open_embedder(configured.load().embedder))
    if done.forgotten and not done.left.store:
        forget_stale_answers(path)
    if json:
        output.json_line(done)
    else:
        for action in done.actions:
            output.line(action)
        for name in done.forgotten:
            output.line(f"forgotten: {name}")
        print_problems(done.left)
        if not (done.left.store or done.left.index):
            output.line(f"{done.left.path}: {'mended' if done.actions else 'nothing to mend'}")
    exit_if_damaged(done.left)

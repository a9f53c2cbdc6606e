"""``sanderling memory import``: import notes and edges from JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, Annotated

import typer

from ...errors import UsageError
from .. import options, output

EXAMPLES = (
    "Examples:  sanderling memory import notes.jsonl -m other.sanderling   |   agent | sanderling memory import -"
)

MORE = 50
"""Maximum number of bad lines printed below the error. They are in addition to those in the error."""


def import_lines(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The file to read; - for standard input.")],
    memory: options.MemoryOption = None,
    threads: options.ThreadsOption = None,
    json: options.JsonOption = False,
) -> None:
    """Import notes and edges from JSON lines.

    Nothing is imported if any line is bad; bad lines are listed by number. What the memory has already is passed over,
    so an import that was interrupted goes on if it is called again.
    """
    from ...device import profiles
    from ...memory import Memory
    from ...memory.exchange.check import NAMED, BadLines
    from ...models import configured
    from ...models.embedder import open_for_memory
    from ..progress import bar

    settings = configured.load()
    n_threads = threads or settings.n_threads or profiles.choose().profile.threads_prefill
    with _opened(path) as (file, name):
        target = options.memory_path(memory)
        embedder, warning = open_for_memory(target, settings.embedder, n_threads=n_threads)
        with (
            Memory.open(
                options.memory_to_fill(memory),
                embedder,
                precision=settings.vectors,
                clusters=settings.clusters,
                warning=warning,
            ) as opened,
            bar("import") as advance,
        ):
            try:
                done = opened.import_lines(file, name, lambda at, total: advance(at, total, f"{at} of {total} notes"))
            except BadLines as error:
                for problem in error.problems[NAMED : NAMED + MORE]:
                    output.warn(problem)
                raise
    for warning in (*opened.warnings, *done.warnings, *done.refused):
        output.warn(warning)
    if json:
        output.json_line(done)
        return
    output.line(
        f"{done.nodes:,} notes added ({done.documents:,} documents), {done.edges:,} edges, "
        f"{done.unchanged:,} unchanged, {len(done.refused):,} refused"
    )


@contextmanager
def _opened(path: Path) -> Iterator[tuple[IO[bytes], str]]:
    """Open ``path`` as a seekable file, and yield it with its name for messages.

    Standard input is copied to a temporary file.
    """
    from ...disk.files import irregular

    if str(path) == "-":
        with TemporaryFile() as copy:
            copyfileobj(sys.stdin.buffer, copy)
            yield copy, "standard input"
        return
    if why := irregular(path):
        raise UsageError(f"{path}: {why}")
    try:
        file = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from error
    with file:
        yield file, str(path)

"""The command line: ``sanderling COMMAND``.

======================  ======================================================================================
file or folder          holds
======================  ======================================================================================
``entry.py``            ``main``: runs a command line, turns errors into one line and an exit code
``commands.py``         the table of commands, and ``--version``
``ask.py``, …           one module for each command without subcommands: ``ask``, ``chat``, ``doctor``,
                        ``ingest``, ``route``, ``search``, ``watch``
``memory/``, …          a folder or module for each group: ``bench``, ``cache``, ``log``, ``memory``,
                        ``models``, ``profile``, ``router``
``options.py``          options that several commands share, and the memory file that they name
``question.py``         the argument QUESTION
``through.py``          the running service that a command goes through
``output.py``           all printing, with ``escape.py`` before the terminal
``ingest_report.py``    what an ingest did: its counts, and what was skipped and why
``confirm_prune.py``    the question before most of a folder is forgotten
``progress.py``         the progress line
``interrupt.py``        Ctrl-C during an answer or a benchmark
``memory_warnings.py``  warnings of an open memory
======================  ======================================================================================

Modules imported here import nothing heavy at their top; each command imports what it needs when it runs, so that
``--help`` stays fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .entry import main as main
from .entry import run as run

if TYPE_CHECKING:
    import typer

    app: typer.Typer


def __getattr__(name: str) -> object:
    """Build the whole command ``app`` on first use."""
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .commands import build

    globals()["app"] = build()
    return globals()["app"]

"""The command line: ``sanderling COMMAND``, one module per command.

The modules imported here import nothing heavy at their top; each command imports what it needs when it runs, so that
``--help`` stays fast. An error of ours or of the file system becomes one line and an exit code
(:mod:`sanderling.errors`); only a bug shows a traceback. Ctrl-C ends quietly with 130, as in a shell.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import sys
import traceback
from types import TracebackType
from typing import NoReturn, cast

import typer

from ..disk.whole_file import FULL
from ..errors import SanderlingError, StorageFull
from . import ask, cache, chat, doctor, ingest, log, memory, models, output, profile, route
from .bench import memory_index as bench
from .router import collect as router

app = typer.Typer(
    name="sanderling",
    help="Ask your notes, offline. A small model reasons, a graph memory remembers, a router decides.",
    epilog="Start:  sanderling models pull lfm2-350m;  sanderling ingest ~/notes;  sanderling ask 'Where is …?'",
    no_args_is_help=True,
    rich_markup_mode=None,  # rich costs 100 ms at start
    pretty_exceptions_enable=False,
    add_completion=False,
)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("chat", epilog=chat.EXAMPLES)(chat.chat)
app.add_typer(memory.app, name="memory")
app.add_typer(cache.app, name="cache")
app.add_typer(models.app, name="models")
app.add_typer(profile.app, name="profile")
app.add_typer(router.app, name="router")
app.command("doctor", epilog=doctor.EXAMPLES)(doctor.doctor)
app.add_typer(log.app, name="log")
app.add_typer(bench.app, name="bench")
app.command("route", epilog=route.EXAMPLES)(route.route)

_MISUSE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""What typer raises for a wrong command line. Its own name is click's or, in newer releases, a copy's."""


@app.callback(invoke_without_command=True)
def version(
    show: bool = typer.Option(False, "--version", help="Print the version and exit.", is_eager=True),
) -> None:
    """Ask your notes, offline."""
    if show:
        from .._core import __version__

        output.line(f"sanderling {__version__}")
        raise typer.Exit


def run(command: typer.Typer) -> None:
    """Run a command line; our errors become one line on stderr, with ``--json`` also a JSON value on stdout."""
    try:
        try:
            # Not standalone: typer would print what was typed, which may come from a file's name by a pattern.
            sys.exit(command(standalone_mode=False))
        except SanderlingError as error:
            _fail(error, error.exit_code)
        except _MISUSE as error:
            usage = io.StringIO()
            error.show(usage)
            output.text(usage.getvalue(), end="", err=True)
            sys.exit(error.exit_code)
        except typer.Abort:  # Ctrl-D at a question
            output.line("Aborted!", err=True)
            sys.exit(1)
        except BrokenPipeError:
            raise
        except OSError as error:
            # A disk, a permission, a path: the environment's fault, which a traceback would not explain.
            full = error.errno in FULL
            _fail(error, StorageFull.exit_code if full else SanderlingError.exit_code)
        except Exception as error:
            # Loaded here only: most commands that end well never touch the extension.
            from .._core import CoreError

            if not isinstance(error, CoreError):
                sys.excepthook = _show_bug  # a bug; its traceback holds what it was about
                raise
            _fail(error, SanderlingError.exit_code)
    except KeyboardInterrupt:  # before the command itself began, which ends by a code
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away; there is nobody left to tell, not even at the flush when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _fail(error: Exception, exit_code: int) -> NoReturn:
    if "--json" in sys.argv:
        with contextlib.suppress(OSError):  # stdout may be what failed; the line below is said in any case
            output.failure(error)
    output.error(str(error))
    sys.exit(exit_code)


def _show_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    output.text("".join(traceback.format_exception(kind, error, trace)), end="", err=True)


class _Notes(logging.Handler):
    """What libraries and our own modules warn of."""

    def emit(self, record: logging.LogRecord) -> None:
        output.warn(record.getMessage().rstrip())


def main() -> None:
    """What the ``sanderling`` script runs when everything is imported."""
    # What the terminal's encoding cannot show costs a question mark, not the answer; what is no text in the input
    # arrives marked, and is refused in words where questions are checked.
    for stream, errors in ((sys.stdout, "replace"), (sys.stdin, "surrogateescape")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    logging.captureWarnings(True)
    notes = _Notes(logging.WARNING)
    logging.getLogger().addHandler(notes)
    try:
        run(app)
    finally:
        logging.getLogger().removeHandler(notes)
        logging.captureWarnings(False)

"""The entry point: runs a command line, and reports an error in one line.

An error of :mod:`sanderling.errors`, of the core or of the file system becomes one
line on stderr and its exit code, a wrong command line the usage as well; only a bug shows a traceback. Ctrl-C ends
quietly with 130, as in a shell.
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
from ..errors import SanderlingError, StorageFull, UsageError
from . import output
from .commands import build, named

MISUSE = cast("type[typer.BadParameter]", typer.BadParameter.__mro__[1])
"""Exception class that typer raises for a wrong command line.

It is click's UsageError, or typer's copy in newer releases.
"""


def run(command: typer.Typer) -> None:
    """Run ``command`` and exit.

    An error becomes words on stderr, and with ``--json`` also a JSON value on stdout.
    """
    try:
        try:
            # Not standalone: typer would print the command line raw, and a shell pattern may put a file's name into it.
            sys.exit(command(standalone_mode=False))
        except SanderlingError as error:
            if _interrupted(error):
                sys.exit(130)
            _fail(error, error.exit_code)
        except MISUSE as error:
            _as_json(UsageError(error.format_message()))
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
            # A disk, a permission, a path: a traceback would not help.
            full = error.errno in FULL
            _fail(error, StorageFull.exit_code if full else SanderlingError.exit_code)
        except Exception as error:
            # Loaded here only: most commands that end well never touch the extension.
            from .._core import CoreError

            if not isinstance(error, CoreError):
                sys.excepthook = _show_bug  # a bug; its traceback holds what it was about
                raise
            _fail(error, SanderlingError.exit_code)
    except KeyboardInterrupt:  # before the command began; a command turns it into an exit code itself
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe went away; nothing can be printed any more, not even by the flush when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C caused ``error``: a compiled module that it stops while it is imported raises ImportError."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _fail(error: Exception, exit_code: int) -> NoReturn:
    _as_json(error)
    output.error(str(error))
    sys.exit(exit_code)


def _as_json(error: Exception) -> None:
    """With ``--json``, print an error as a JSON value on stdout; what follows on stderr is printed in any case."""
    if "--json" in sys.argv:
        with contextlib.suppress(OSError):  # stdout may be what failed
            output.failure(error)


def _show_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    output.text("".join(traceback.format_exception(kind, error, trace)), end="", err=True)


class _PrintedWarnings(logging.Handler):
    """Prints the warnings logged by libraries and by our own modules, and the traceback of a bug among them."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            output.warn(record.getMessage().rstrip())
            if record.levelno >= logging.ERROR and record.exc_info is not None and record.exc_info[1] is not None:
                output.text("".join(traceback.format_exception(record.exc_info[1])), end="", err=True)
        except OSError:
            pass  # stderr is closed or full, which must not end what went on to be warned of


def main() -> None:
    """Run the command line of ``sys.argv`` and exit."""
    # A character that the terminal's encoding lacks becomes a question mark instead of an error. Bytes of the input
    # that are not text arrive as surrogates, which the check of questions refuses.
    for stream, errors in ((sys.stdout, "replace"), (sys.stdin, "surrogateescape")):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)
    logging.captureWarnings(True)
    printed = _PrintedWarnings(logging.WARNING)
    logging.getLogger().addHandler(printed)
    try:
        try:
            command = build(named(sys.argv[1:]))
        except KeyboardInterrupt:  # while the command's modules are imported
            sys.exit(130)
        run(command)
    finally:
        logging.getLogger().removeHandler(printed)
        logging.captureWarnings(False)

"""Entry point of ``sanderling`` and ``python -m sanderling``."""

import os
import sys
import threading

from . import cycles, egress


def main() -> None:
    """Run the command line; refuse network connections that no permit allows.

    Ctrl-C ends it without a traceback, even while its modules are imported.
    """
    _open_closed_streams()
    cycles.collect_seldom()
    egress.guard()
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    try:
        run()
    except SystemExit as end:
        _leave(end)
        raise


def _open_closed_streams() -> None:
    """Open the null device in place of each standard stream that the caller closed (``>&-``).

    A file that is opened later would get its number, and whatever a library prints would go into that file.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)  # the lowest free number, which is this one
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))


def _leave(end: SystemExit) -> None:
    """Exit at once, without freeing memory.

    Freeing it takes 20 to 60 ms after a question, and the system does it anyway. What was registered to happen at exit
    is done and all output is written first. Returns if that, or a thread, needs the ordinary way.
    """
    code = 0 if end.code is None else end.code
    others = (thread for thread in threading.enumerate() if thread is not threading.current_thread())
    if not isinstance(code, int) or not all(thread.daemon for thread in others):
        return
    try:
        import atexit

        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        return  # Python reports it as it does for any program
    os._exit(code & 0xFF)


if __name__ == "__main__":
    main()

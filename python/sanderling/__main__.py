"""Entry point of ``sanderling`` and ``python -m sanderling``."""

import os
import sys
import threading

from . import cycles, egress


def main() -> None:
    """Run the command line; refuse network connections that no permit allows.

    Ctrl-C ends it without a traceback, even while its modules are imported.
    """
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

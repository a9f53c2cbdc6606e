"""``python lingering.py SECONDS COMMAND...``: the command line, kept alive after its work and with its worker.

What a library sends home it sends after a while, from a thread of its own, and most commands are done before that.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import time

from sanderling.cli import main
from sanderling.engines.worker import Worker

SECONDS = float(sys.argv.pop(1))
end_of = Worker.close
kept: list[int] = []


def close(worker: Worker) -> None:
    # One is enough: what the first worker loaded, the others load.
    if worker.pid is not None and not kept:
        kept.append(worker.pid)
        time.sleep(SECONDS)
    end_of(worker)


Worker.close = close  # type: ignore[method-assign]
if sys.argv[1:2] == ["watch"]:
    # The only command that goes on until it is interrupted; started in the background, it would not listen.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(SECONDS, os.kill, (os.getpid(), signal.SIGINT)).start()
atexit.register(time.sleep, SECONDS)
atexit.register(lambda: print(f"{len(kept)} workers kept", file=sys.stderr))
main()

"""Many threads at once, and what each of their questions came to."""

from __future__ import annotations

import threading
from collections.abc import Callable


def storm(threads: int, work: Callable[[int], None]) -> None:
    """Run ``work(number)`` in so many threads that begin together; what they raise is raised here."""
    begin = threading.Barrier(threads)
    failures: list[BaseException] = []

    def run(number: int) -> None:
        begin.wait()
        try:
            work(number)
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if failures:
        raise BaseExceptionGroup(f"{len(failures)} of {threads} threads failed", failures[:3])

"""Clients of a service under test, in a process of their own.

Of their requests most are whole answers; some are streams, searches, refusals, and clients that leave.
``python -m sanderling.bench_device.service.clients PORT FIRST COUNT`` sends the requests numbered from ``FIRST`` on and
prints how many had each outcome, as JSON.
"""

from __future__ import annotations

import json
import sys
import threading
from collections import Counter

from .calling import CHAT, Caller, asking

CLIENTS = 4
QUESTIONS = 500
"""Number of distinct questions."""


def outcomes(port: int, first: int, count: int) -> Counter[str]:
    """Send requests from several clients over one connection each, and count the outcomes by kind and status."""
    counted: Counter[str] = Counter()
    guard = threading.Lock()

    def work(mine: range) -> None:
        with Caller(port) as caller:
            for at in mine:
                outcome = _one(caller, at)
                with guard:
                    counted[outcome] += 1

    numbers = range(first, first + count)
    threads = [threading.Thread(target=work, args=(numbers[start::CLIENTS],)) for start in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return counted


def _one(caller: Caller, at: int) -> str:
    question = f"Who repairs the feed pump number {at % QUESTIONS}?"
    match at % 20:
        case 0:
            caller.leave(CHAT, asking(question, stream=at % 40 == 0))
            return "left"
        case 1:
            return f"refused {caller.post(CHAT, {'messages': []}).status}"
        case 2 | 3:
            return f"search {caller.post('/v1/memory/search', {'query': question}).status}"
        case 4 | 5 | 6 | 7:
            return f"stream {caller.post(CHAT, asking(question, stream=True)).status}"
        case _:
            return f"answer {caller.post(CHAT, asking(question)).status}"


if __name__ == "__main__":
    print(json.dumps(outcomes(*map(int, sys.argv[1:]))))

"""Print an answer while it is generated, and end it after so many seconds.

python examples/stream.py ~/notes 'What happened in March?' 5
"""

from __future__ import annotations

import sys
import threading

import sanderling


def main(folder: str, question: str, seconds: str = "5") -> None:
    handle = sanderling.Handle()
    timer = threading.Timer(float(seconds), handle.cancel)
    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add(folder)
        timer.start()
        try:
            answer = runtime.ask(question, handle=handle, stream=lambda piece: print(piece, end="", flush=True))
            print(f"\n  ended by: {answer.finish_reason}; first word after {answer.timings_ms.ttft:.0f} ms")
        except sanderling.Cancelled as error:  # the time was up before the model began
            print(error)
        finally:
            timer.cancel()


if __name__ == "__main__":
    main(*sys.argv[1:4])

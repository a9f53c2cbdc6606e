"""Ask all questions through one long-lived process, which opens a runtime once.

:class:`Resident` starts this file as a program under the Python of any version. The program imports that version's
``sanderling`` and nothing else of ours, and uses only calls that version 0.2 has.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .sample import Asked
    from .version import Version


class Resident:
    """Puts questions to one version of Sanderling through one long-lived process.

    It ends when the process that started it ends, even if the latter is killed.
    """

    def __init__(self, version: Version, options: dict[str, Any], warm_up: str, *, ordinary: bool) -> None:
        """Start the process, load the model and ask ``warm_up``, a question that is not measured.

        ``options``: arguments of ``Runtime.open``. ``ordinary``: without this process's real-time priority. Raises
        SanderlingError if that fails.
        """
        self.version = version
        self._process = subprocess.Popen(
            version.command(str(Path(__file__).absolute())),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=version.env,
        )
        try:
            self._call({"memory": str(version.memory), "options": options, "ordinary": ordinary})
            self._call({"question": warm_up, "max_tokens": 8})
        except BaseException:
            self.close()
            raise

    def ask(self, question: str, max_tokens: int) -> Asked:
        """Ask one question. Raises SanderlingError."""
        from .sample import Asked, read_said

        reply = self._call({"question": question, "max_tokens": max_tokens})
        said = read_said(reply["answer"], self.version.name)
        return Asked(wall_ms=reply["wall_ms"], said=said, engine=reply["engine"])

    def close(self) -> None:
        """End the process and its model's worker."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended by itself, which was reported when it was asked
            self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        from ...errors import SanderlingError

        assert self._process.stdin is not None and self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SanderlingError(f"{self.version.name} ended without an answer: ask it by itself to see why")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SanderlingError(f"{self.version.name}: {reply['error']}")
        return reply


def _serve() -> None:
    """Open the runtime that the first line of stdin describes, then answer one question per line until stdin ends."""
    # What a library prints must not stand among the replies.
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def reply(value: dict[str, Any]) -> None:
        replies.write(json.dumps(value) + "\n")
        replies.flush()

    runtime: Any = None
    try:
        for line in sys.stdin:
            request = json.loads(line)
            try:
                if runtime is None:
                    if request["ordinary"] and hasattr(os, "sched_setscheduler"):
                        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
                    import msgspec

                    from sanderling import Config, Runtime

                    # Isolated: the data folder, which SANDERLING_HOME names, is a temporary one.
                    runtime = Runtime.open(request["memory"], router="rule", config=Config(), **request["options"])
                    reply({})
                    continue
                began = time.perf_counter()
                answer = runtime.ask(request["question"], temperature=0, max_tokens=request["max_tokens"], cache=False)
                wall_ms = (time.perf_counter() - began) * 1e3
                engine = getattr(getattr(runtime, "_pool", None), "engine_name", "")  # in no public record
                reply({"wall_ms": wall_ms, "answer": msgspec.json.encode(answer).decode(), "engine": engine})
            except Exception as error:  # of any version: it is reported where the question was asked
                reply({"error": f"{type(error).__name__}: {error}"})
    finally:
        if runtime is not None:
            runtime.close()


if __name__ == "__main__":
    _serve()

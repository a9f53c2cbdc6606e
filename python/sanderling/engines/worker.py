"""The caller's side of a worker process: one per model, because a crash inside llama.cpp cannot be caught.

A worker that dies or falls silent costs the request it was working on. The next call starts a new one and loads the
same model again; what was warm is gone, so that call is slower, and otherwise equal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator
from types import TracebackType
from typing import NoReturn

import msgspec

from .. import errors
from ..records import Token
from . import frames
from .protocol import Finish, GenerateRequest, LoadSpec, ModelInfo

EXIT_GRACE_S = 2.0


class Worker:
    """A model in a process of its own. One request at a time; only :meth:`cancel` may be called from another thread."""

    def __init__(self, engine: str, *, stall_timeout_s: float = 120.0, load_timeout_s: float = 600.0) -> None:
        """``stall_timeout_s``: longest silence during a request; one batch of the prompt must be computed within it."""
        self.engine = engine
        self.info: ModelInfo | None = None
        self._stall_timeout_s, self._load_timeout_s = stall_timeout_s, load_timeout_s
        self._spec: LoadSpec | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: deque[str] = deque(maxlen=20)
        self._listener = threading.Thread()
        self._streaming = False
        self._write_lock = threading.RLock()

    @property
    def pid(self) -> int | None:
        """Process id; None when no process runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def streaming(self) -> bool:
        """Whether a generation is running."""
        return self._streaming

    def load(self, spec: LoadSpec) -> ModelInfo:
        """Load a model in a fresh process; one that ran before is ended.

        Raises what the engine raises, or WorkerDied.
        """
        self.close()
        self._spec = spec
        self._start()
        try:
            reply = self._ask(frames.Load(spec), self._load_timeout_s)
        except Exception:
            self.close()
            raise
        if not isinstance(reply, frames.Loaded):
            self._out_of_step(reply)
        self.info = reply.info
        return reply.info

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """See :class:`~sanderling.engines.protocol.Engine`."""
        self._ready()
        reply = self._ask(frames.Tokenize(text, special), self._stall_timeout_s)
        return reply.ids if isinstance(reply, frames.Ids) else self._out_of_step(reply)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """See :class:`~sanderling.engines.protocol.Engine`."""
        self._ready()
        reply = self._ask(frames.Embed(texts), self._stall_timeout_s)
        return reply.vectors if isinstance(reply, frames.Vectors) else self._out_of_step(reply)

    def generate(self, request: GenerateRequest) -> Generator[Token | Finish, None, None]:
        """Yield tokens, then one Finish. Closing the generator early cancels the rest.

        Raises what the engine raises, or WorkerDied.
        """
        self._ready()
        try:
            with self._write_lock:  # together, so that no Cancel overtakes the request it is meant for
                self._streaming = True
                self._send(frames.Generate(request))
            while True:
                reply = self._receive(self._stall_timeout_s)
                if isinstance(reply, frames.Drawn):
                    yield reply.token
                elif isinstance(reply, frames.Done):
                    self._streaming = False
                    yield reply.finish
                    return
                elif not isinstance(reply, frames.Alive):
                    self._out_of_step(reply)
        finally:
            if self._streaming and self.pid is not None:
                self._drain()
            self._streaming = False

    def cancel(self) -> None:
        """End the running generation before its next token; its stream then finishes as ``cancelled``."""
        # A worker that died meanwhile is reported by the stream that is being read.
        with self._write_lock, contextlib.suppress(BrokenPipeError):
            if self._streaming and self.pid is not None:
                self._write(frames.Cancel())

    def close(self) -> None:
        """End the process; kill it if it does not go by itself. The next call would start it again."""
        process, self._process, self.info = self._process, None, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        try:
            process.wait(EXIT_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        # The child finds this package the way the parent did, and not through the working directory (-P).
        paths = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)  # noqa: PTH100 (an entry may be a zip)
        self._stderr = deque(maxlen=20)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sanderling.engines.serve", self.engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, "PYTHONPATH": paths},
            process_group=0,  # Ctrl-C at the terminal is the parent's to handle
        )
        self._listener = threading.Thread(target=self._keep_stderr, args=(self._process, self._stderr), daemon=True)
        self._listener.start()

    @staticmethod
    def _keep_stderr(process: subprocess.Popen[bytes], ring: deque[str]) -> None:
        assert process.stderr is not None
        with process.stderr as lines:
            for line in lines:
                ring.append(line.decode("utf-8", "replace").strip())

    def _ready(self) -> None:
        """Make sure a worker with the model is there. Raises EngineError if nothing was loaded or a stream is open."""
        if self._spec is None:
            raise errors.EngineError("no model is loaded: call load() first")
        if self._streaming:
            raise errors.EngineError(f"{self._spec.model_id} is still generating: finish or close that stream first")
        if self.pid is None or self.info is None:
            self.load(self._spec)

    def _ask(self, request: frames.Request, timeout_s: float) -> frames.Reply:
        self._send(request)
        return self._receive(timeout_s)

    def _send(self, request: frames.Request) -> None:
        try:
            self._write(request)
        except BrokenPipeError:
            self._died()

    def _write(self, request: frames.Request) -> None:
        process = self._process
        if process is None or process.stdin is None:
            raise BrokenPipeError
        with self._write_lock:
            frames.write(process.stdin.fileno(), request)

    def _receive(self, timeout_s: float) -> frames.Reply:
        assert self._process is not None and self._process.stdout is not None
        try:
            body = frames.read(self._process.stdout.fileno(), timeout_s)
            reply = None if body is None else frames.decode_reply(body)
        except TimeoutError:
            self._process.kill()
            self._died(f"was silent for {timeout_s:g} s and was ended")
        except KeyboardInterrupt:
            self.close()  # a reply left in the pipe would be taken for that of the next request
            raise
        except (ValueError, msgspec.DecodeError):
            self._process.kill()
            self._died("sent what is not a frame and was ended")
        if reply is None:
            self._died()
        if isinstance(reply, frames.Failed):
            self._streaming = False
            raise _as_error(reply)
        return reply

    def _drain(self) -> None:
        """Cancel the stream and read to its end, so that the next request finds the pipe empty."""
        self.cancel()
        try:
            while not isinstance(self._receive(self._stall_timeout_s), frames.Done):
                pass
        except errors.SanderlingError:
            pass  # it failed or died while nobody was listening any more; the next call starts anew if it must

    def _died(self, how: str = "") -> NoReturn:
        process = self._process
        assert process is not None and self._spec is not None
        try:
            code = process.wait(EXIT_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()  # it closed its output and lives on: of no use to anyone
            code = process.wait()
        self.close()
        self._listener.join(EXIT_GRACE_S)  # what it wrote before its end may still be on the way
        how = how or _manner(code)
        words = f"; its last words: {self._stderr[-1]}" if self._stderr else ""
        raise errors.WorkerDied(
            f"the worker of {self._spec.model_id} {how}: that request is lost, the next one starts a new worker{words}"
        )

    def _out_of_step(self, reply: frames.Reply) -> NoReturn:
        self.close()
        raise errors.EngineError(
            f"the worker answered with an unexpected {type(reply).__name__}; it was ended, try again"
        )


def _manner(code: int) -> str:
    if code == -signal.SIGKILL:
        return "was ended by SIGKILL (often the system's answer to too little memory)"
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def _as_error(failed: frames.Failed) -> Exception:
    """Make the exception the child raised; a class we do not know becomes EngineError, with its name in the text."""
    kind = getattr(errors, failed.kind, None) or {"ValueError": ValueError, "TypeError": TypeError}.get(failed.kind)
    if kind is errors.MissingExtra:
        missing = errors.MissingExtra.__new__(errors.MissingExtra)  # its constructor would build the message again
        missing.args, missing.extra = (failed.message,), failed.extra
        return missing
    if isinstance(kind, type) and issubclass(kind, Exception):
        return kind(failed.message)
    return errors.EngineError(f"{failed.kind}: {failed.message}")

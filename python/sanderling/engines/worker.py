"""The caller's side of a worker process: one process per model, because a crash inside llama.cpp cannot be caught.

A worker that dies or falls silent costs the request it was working on. The next call starts a new process and loads the
same model again; its cached states are gone, so that call is slower but otherwise equal.

Frames carry no request number, so one thread holds the pipe at a time, from a request to the end of its reply
(:class:`~sanderling.request.turns.Turns`). A caller with several requests that belong together takes one turn around
all of them: a question is tokenised some twenty times and then answered, and would otherwise wait at each step for
other callers' whole answers. Sharing the worker is otherwise safe, since a prompt holds all that the model has to know:
states kept from earlier prompts make a request faster and do not change it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator
from contextlib import AbstractContextManager, suppress
from types import TracebackType
from typing import NoReturn

import msgspec

from .. import child_process, errors
from ..records import Token
from ..request.handle import Handle
from ..request.turns import Turns
from . import frames
from .protocol import Finish, GenerateRequest, LoadSpec, ModelInfo
from .worker_failures import as_exception, exit_phrase

EXIT_GRACE_S = 2.0


class Worker:
    """A model in a process of its own. For any number of threads, one request at a time, first come first served.

    A request that did not get its turn in time raises Busy.
    """

    def __init__(
        self,
        engine: str,
        *,
        stall_timeout_s: float = 120.0,
        load_timeout_s: float = 600.0,
        queue_timeout_s: float = 120.0,
    ) -> None:
        """``stall_timeout_s``: longest silence during a request; one batch of the prompt must be computed within it.

        ``queue_timeout_s``: longest wait for the requests of others.
        """
        self.engine = engine
        self.info: ModelInfo | None = None
        self.turns = Turns(f"the worker of {engine}")
        self._stall_timeout_s, self._load_timeout_s = stall_timeout_s, load_timeout_s
        self._queue_timeout_s = queue_timeout_s
        self._spec: LoadSpec | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._stderr: deque[str] = deque(maxlen=20)
        self._listener = threading.Thread()
        self._stream: Handle | None = None
        # Held to take the process away, and to write to it without having the turn: no number of a closed pipe, which
        # may be that of another file by then, is ever written to.
        self._guard = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None when no process runs."""
        process = self._process  # once: another thread may end it in between
        return process.pid if process and process.poll() is None else None

    @property
    def streaming(self) -> bool:
        """Whether a generation is running."""
        return self._stream is not None

    def turn(self, handle: Handle | None = None) -> AbstractContextManager[None]:
        """Have the worker for several requests in a row. Raises Busy, and Cancelled for a cancelled ``handle``."""
        return self.turns.turn(self._queue_timeout_s, handle)

    def load(self, spec: LoadSpec) -> ModelInfo:
        """Load a model in a fresh process; one that ran before is ended.

        Raises what the engine raises, or WorkerDied.
        """
        with self.turn():
            self._end()
            self._spec, self.turns.who = spec, spec.model_id
            self._start()
            try:
                reply = self._ask(frames.Load(spec), self._load_timeout_s)
            except Exception:
                self._end()
                raise
            if not isinstance(reply, frames.Loaded):
                self._out_of_step(reply)
            self.info = reply.info
            return reply.info

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """See :class:`~sanderling.engines.protocol.Engine`."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Tokenize(text, special), self._stall_timeout_s)
            return reply.ids if isinstance(reply, frames.Ids) else self._out_of_step(reply)

    def embed(self, texts: list[str]) -> list[list[float]]:
        """See :class:`~sanderling.engines.protocol.Engine`."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Embed(texts), self._stall_timeout_s)
            return reply.vectors if isinstance(reply, frames.Vectors) else self._out_of_step(reply)

    def generate(self, request: GenerateRequest, handle: Handle | None = None) -> Generator[Token | Finish, None, None]:
        """Yield tokens, then one Finish. Closing the generator early cancels the rest.

        ``handle``: what ends it when it is cancelled; the stream then finishes as ``cancelled``. None: only
        :meth:`cancel` does. Raises what the engine raises, or WorkerDied.
        """
        handle = handle or Handle()
        with self.turn(handle):
            self._ready()
            self._stream = handle
            try:
                self._send(frames.Generate(request), self._stall_timeout_s)
                with handle.ends_by(self._hurry):  # not before, or a Cancel could overtake the request it is meant for
                    finish = yield from self._drawn(handle)
                yield finish
            finally:
                if self._stream is handle:
                    self._drain()

    def cancel(self) -> bool:
        """End the running generation before its next token, whoever's it is; return whether there was one."""
        stream = self._stream
        if stream is not None:
            stream.cancel()
        return stream is not None

    def close(self) -> None:
        """End the process; kill it if it does not go by itself. The next call would start it again.

        A stream of another thread is cancelled, and where that takes too long its process killed: then it raises
        WorkerDied there.
        """
        self.cancel()
        try:
            with self.turns.turn(EXIT_GRACE_S):
                self._end()
        except errors.Busy:
            with self._guard:
                if self._process is not None:
                    self._process.kill()
                    self._process.wait()
            # Who listens to the stream and does not come back keeps the turn, and finds the process gone.
            with suppress(errors.Busy), self.turns.turn(EXIT_GRACE_S):
                self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self) -> None:
        self._stderr = deque(maxlen=20)
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sanderling.engines.serve", self.engine],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=child_process.environment(),
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
        if self._stream is not None:
            raise errors.EngineError(f"{self._spec.model_id} is still generating: finish or close that stream first")
        if self.pid is None or self.info is None:
            self.load(self._spec)

    def _ask(self, request: frames.Request, timeout_s: float) -> frames.Reply:
        try:
            self._send(request, timeout_s)
            return self._receive(timeout_s)
        except Exception:
            raise
        except BaseException:
            self._end()  # Ctrl-C: a reply left in the pipe would be taken for that of the next request
            raise

    def _drawn(self, handle: Handle) -> Generator[Token, None, Finish]:
        """Yield the tokens of the stream that is open, and return its Finish."""
        while self._stream is handle:
            reply = self._receive(self._stall_timeout_s)
            if isinstance(reply, frames.Drawn):
                yield reply.token
            elif isinstance(reply, frames.Done):
                self._stream = None
                return reply.finish
            elif not isinstance(reply, frames.Alive):
                self._out_of_step(reply)
        raise errors.EngineError("the worker was closed while it generated: ask again")

    def _send(self, request: frames.Request, timeout_s: float) -> None:
        process = self._process
        assert process is not None and process.stdin is not None
        try:
            frames.write(process.stdin.fileno(), request, timeout_s)
        except BrokenPipeError:
            self._died()
        except TimeoutError:
            process.kill()
            self._died(f"took nothing for {timeout_s:g} s and was ended")
        except BaseException:
            self._end()  # Ctrl-C, perhaps in the middle of a frame
            raise

    def _hurry(self) -> None:
        """Tell the process to end its stream. By any thread; a pipe that is full has nobody at its other end."""
        with self._guard, suppress(BrokenPipeError, TimeoutError):
            if self._process is not None and self._process.stdin is not None:
                frames.write(self._process.stdin.fileno(), frames.Cancel(), 0.0)

    def _receive(self, timeout_s: float) -> frames.Reply:
        process = self._process
        assert process is not None and process.stdout is not None
        try:
            body = frames.read(process.stdout.fileno(), timeout_s)
            reply = None if body is None else frames.decode_reply(body)
        except TimeoutError:
            process.kill()
            self._died(f"was silent for {timeout_s:g} s and was ended")
        except (ValueError, msgspec.DecodeError):
            process.kill()
            self._died("sent what is not a frame and was ended")
        except BaseException:
            self._end()  # Ctrl-C, perhaps in the middle of a frame
            raise
        if reply is None:
            self._died()
        if isinstance(reply, frames.Failed):
            self._stream = None
            raise as_exception(reply)
        return reply

    def _drain(self) -> None:
        """Cancel the stream and read to its end, so that the next request finds the pipe empty."""
        self._hurry()
        try:
            while not isinstance(self._receive(self._stall_timeout_s), frames.Done):
                pass
        except Exception:
            pass  # it failed or died while nobody was listening any more; the next call starts anew if it must
        except BaseException:
            self._end()
            raise
        finally:
            self._stream = None

    def _end(self) -> None:
        """End the process that runs. Only by the thread whose turn it is."""
        with self._guard:
            process, self._process, self.info, self._stream = self._process, None, None, None
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

    def _died(self, how: str = "") -> NoReturn:
        process = self._process
        assert process is not None and self._spec is not None
        try:
            code = process.wait(EXIT_GRACE_S)
        except subprocess.TimeoutExpired:
            process.kill()  # it closed its output and lives on: of no use to anyone
            code = process.wait()
        self._end()
        self._listener.join(EXIT_GRACE_S)  # what it wrote before its end may still be on the way
        how = how or exit_phrase(code)
        words = f"; its last words: {self._stderr[-1]}" if self._stderr else ""
        raise errors.WorkerDied(
            f"the worker of {self._spec.model_id} {how}: that request is lost, the next one starts a new worker{words}"
        )

    def _out_of_step(self, reply: frames.Reply) -> NoReturn:
        self._end()
        raise errors.EngineError(
            f"the worker answered with an unexpected {type(reply).__name__}; it was ended, try again"
        )

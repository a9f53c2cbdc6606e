"""Runs each model in a worker process of its own, because a crash inside llama.cpp cannot be caught.

If a worker dies or stops responding, its current request is lost. The next call starts a new process and loads the same
model again; saved states are gone, so that call is slower but gives the same answer.

Frames carry no request number, so one thread uses the pipe at a time, from a request to the end of its reply
(:class:`~sanderling.request.turns.Turns`). A caller with several related requests takes one turn around all of them: a
question is counted and tokenised in several calls, and each would otherwise wait for others' answers.
The turn affects speed only: a prompt contains everything the model needs, and the states that a worker keeps of earlier
prompts save time without changing an answer.
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import NoReturn

import msgspec

from .. import child_process, errors
from ..records import Token
from ..request.handle import Handle
from ..request.turns import Turns
from . import frames, late
from .protocol import Embedded, Finish, GenerateRequest, LoadSpec, ModelInfo, Scored, ScoreRequest, TokenizerInfo
from .worker_failures import LastWords, as_exception, exit_phrase

EXIT_GRACE_S = 2.0
SHORT_CHARS = 256
MOST_KNOWN = 64
"""Limits of the cache of token ids: characters of a text, and number of texts."""
SERVER = "sanderling.engines.serve"
"""Module that the worker process runs. :func:`sanderling.child_process.begin` starts it before its model is known."""


class Worker:
    """A model in its own process, for use by any number of threads.

    Requests are answered one at a time, in order of arrival. A request that does not get its turn within
    ``queue_timeout_s`` raises Busy.
    """

    def __init__(
        self,
        engine: str,
        *,
        stall_timeout_s: float = 120.0,
        load_timeout_s: float = 600.0,
        queue_timeout_s: float = 120.0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Create a worker without a process; :meth:`load` starts one.

        ``engine``: name of an engine. ``stall_timeout_s``: longest silence during a request; one batch of the prompt
        must be computed within it. ``load_timeout_s``: longest loading. ``queue_timeout_s``: longest wait for a turn.
        ``environment``: environment variables of the process besides this process's; None: no others.
        """
        self._environment = environment
        self.engine = engine
        self.info: ModelInfo | None = None
        self.turns = Turns(f"the worker of {engine}")
        self._stall_timeout_s, self._load_timeout_s = stall_timeout_s, load_timeout_s
        self._queue_timeout_s = queue_timeout_s
        self._spec: LoadSpec | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._words: LastWords | None = None
        self._whose: Handle | None = None  # the question whose turn it is
        self._stream: Handle | None = None
        self._first_s: float | None = None
        self._ids: dict[tuple[str, bool], tuple[int, ...]] = {}
        """Token ids of short texts. By the text and whether control tokens were recognised in it."""
        # Held while the process is removed, and while a thread without the turn writes to it: a closed pipe's
        # descriptor, which another file may use by then, is never written to.
        self._guard = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id; None if no process is running."""
        process = self._process  # once: another thread may end it
        return process.pid if process and process.poll() is None else None

    @property
    def streaming(self) -> bool:
        """Whether a generation is running."""
        return self._stream is not None

    @contextmanager
    def turn(self, handle: Handle | None = None) -> Iterator[None]:
        """Reserve the worker for several requests during the block.

        Raises Busy after ``queue_timeout_s``, and Cancelled when ``handle`` is cancelled. A request that waits when its
        time is over raises Cancelled too.
        """
        with self.turns.turn(self._queue_timeout_s, handle):
            outer, self._whose = self._whose, handle or self._whose
            try:
                yield
            finally:
                self._whose = outer

    def load(self, spec: LoadSpec, handle: Handle | None = None) -> ModelInfo:
        """End the running process, and load a model in a new process.

        ``handle``: ends the loading when it is cancelled, unless another thread waits for this worker; None: nothing
        does. Raises what the engine raises, Cancelled, and WorkerDied if the process dies or exceeds the limit.
        """
        handle = handle or Handle()
        with self.turn(handle):
            self._end()
            self._spec, self.turns.who = spec, spec.model_id
            self._ids.clear()
            self._start()
            try:
                with handle.ends_by(partial(self._leave_loading, handle)):
                    reply = self._ask(frames.Load(spec, self.engine), self._load_timeout_s)
                if self.pid is None and handle.cancelled:  # it was loaded just before it was killed
                    raise errors.WorkerDied("the loading was cancelled")
            except Exception as error:
                self._end()
                if handle.cancelled and isinstance(error, errors.WorkerDied):
                    raise handle.refusal() from error
                raise
            if not isinstance(reply, frames.Loaded):
                self._out_of_step(reply)
            self.info = reply.info
            return reply.info

    def tokenize(self, text: str, *, special: bool = True) -> list[int]:
        """Return the token ids of ``text``, as :class:`~sanderling.engines.protocol.Engine` describes.

        Those of short texts are remembered, because every prompt has the same openings and system prompt.
        """
        known = self._ids.get((text, special))
        if known is not None:
            return list(known)
        with self.turn():
            self._ready()
            reply = self._ask(frames.Tokenize(text, special), self._stall_timeout_s)
            ids = reply.ids if isinstance(reply, frames.Ids) else self._out_of_step(reply)
            if len(text) <= SHORT_CHARS:
                if len(self._ids) >= MOST_KNOWN:
                    self._ids.clear()
                self._ids[text, special] = tuple(ids)
            return ids

    def count(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text.

        Control tokens are plain text. All texts are counted in one exchange with the process.
        """
        if not texts:
            return []
        with self.turn():
            self._ready()
            reply = self._ask(frames.Count(list(texts)), self._stall_timeout_s)
            return reply.counts if isinstance(reply, frames.Counts) else self._out_of_step(reply)

    def pieces(self, ids: Sequence[int]) -> list[bytes]:
        """Return the bytes of each token, as :class:`~sanderling.engines.protocol.Engine` describes."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Pieces(list(ids)), self._stall_timeout_s)
            return reply.pieces if isinstance(reply, frames.Bytes) else self._out_of_step(reply)

    def describe(self) -> TokenizerInfo:
        """Return a description of the model's tokenizer."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Describe(), self._stall_timeout_s)
            return reply.info if isinstance(reply, frames.Described) else self._out_of_step(reply)

    def embed(self, texts: list[str]) -> Embedded:
        """Return one vector per text, as :class:`~sanderling.engines.protocol.EmbeddingEngine` describes."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Embed(texts), self._stall_timeout_s)
            return reply.embedded if isinstance(reply, frames.Vectors) else self._out_of_step(reply)

    def generate(self, request: GenerateRequest, handle: Handle | None = None) -> Generator[Token | Finish, None, None]:
        """Yield the generated tokens, then one Finish.

        Closing the generator early cancels the rest. ``handle``: ends the stream with the finish reason ``cancelled``,
        or ``budget`` when its time is over; None: only :meth:`cancel` does. Raises what the engine raises, WorkerDied.
        """
        handle = handle or Handle()
        with self.turn(handle):
            self._ready()
            self._stream, self._first_s, leave, began_s = handle, None, self._drain, time.monotonic()
            try:
                self._send(frames.Generate(request), self._stall_timeout_s)
                with handle.ends_by(self._hurry):  # after sending, or Cancel could arrive before its request
                    finish = yield from self._drawn(handle)
                if finish is None:
                    leave = partial(late.drain_later, self.turns, self._drain)
                yield late.in_time(finish or late.unheard(request, began_s, self._first_s), handle)
            finally:
                if self._stream is handle:
                    leave()

    def score(self, request: ScoreRequest) -> Scored:
        """Return next-token predictions along an answer, as :class:`~sanderling.engines.protocol.Engine` describes."""
        with self.turn():
            self._ready()
            reply = self._ask(frames.Score(request), self._stall_timeout_s)
            while isinstance(reply, frames.Alive):
                reply = self._receive(self._stall_timeout_s)
            return reply.scored if isinstance(reply, frames.Predicted) else self._out_of_step(reply)

    def cancel(self) -> bool:
        """Cancel the running generation, and return whether there was one. Any thread may read it."""
        stream = self._stream
        if stream is not None:
            stream.cancel()
        return stream is not None

    def close(self) -> None:
        """End the process, by force if necessary.

        The next request starts a new process. A stream of another thread is cancelled. If that takes too long the
        process is killed, and the stream raises WorkerDied in that thread.
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
            # A thread that never resumes its stream keeps the turn; when it does, it finds the process ended.
            with suppress(errors.Busy), self.turns.turn(EXIT_GRACE_S):
                self._end()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def kill(self) -> None:
        """Kill the process; callable from any thread, even without a turn.

        A request that waits for the process raises WorkerDied.
        """
        with self._guard:
            if self._process is not None:
                self._process.kill()

    def _leave_loading(self, handle: Handle) -> None:
        """Kill the loading process, unless another thread waits for the model and this question has time."""
        if handle.out_of_time or not self.turns.waited_for:
            self.kill()

    def _start(self) -> None:
        self._process = child_process.server(SERVER, self._environment)
        self._words = LastWords(self._process)

    def _ready(self) -> None:
        """Load the model again if its process has ended. Raises EngineError before a load or during a stream."""
        if self._spec is None:
            raise errors.EngineError("no model is loaded: call load() first")
        if self._stream is not None:
            raise errors.EngineError(f"{self._spec.model_id} is still generating: finish or close that stream first")
        if self.pid is None or self.info is None:
            self.load(self._spec)

    def _ask(self, request: frames.Request, timeout_s: float) -> frames.Reply:
        try:
            self._send(request, timeout_s)
            whose = None if isinstance(request, frames.Load) else self._whose  # what loads is killed instead
            if whose is not None and late.silent(self._process, whose, timeout_s):
                late.drain_later(self.turns, self._discard)
                raise whose.refusal()
            return self._receive(timeout_s)
        except Exception:
            raise
        except BaseException:
            self._end()  # Ctrl-C: the next request would read the reply left in the pipe
            raise

    def _drawn(self, handle: Handle) -> Generator[Token, None, Finish | None]:
        """Yield the tokens of the open stream, and return its Finish; None if the worker is overdue."""
        while self._stream is handle:
            if late.silent(self._process, handle, self._stall_timeout_s):
                return None
            reply = self._receive(self._stall_timeout_s)
            if isinstance(reply, frames.Drawn):
                self._first_s = self._first_s or time.monotonic()
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
        """Send Cancel from any thread.

        Nothing is sent if the pipe is full. A full pipe means that the process is not reading.
        """
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

    def _discard(self) -> None:
        """Read and drop a reply that nobody waits for."""
        with suppress(Exception):  # if the process died, the next call starts another
            self._receive(self._stall_timeout_s)

    def _drain(self) -> None:
        """Cancel the stream and discard its remaining replies. The pipe is then empty for the next request."""
        self._hurry()
        try:
            while not isinstance(self._receive(self._stall_timeout_s), frames.Done):
                pass
        except Exception:
            pass  # the caller has left this stream; if the process died, the next call starts another
        except BaseException:
            self._end()
            raise
        finally:
            self._stream = None

    def _end(self) -> None:
        """End the running process. The caller must have reserved the worker with :meth:`turn`."""
        with self._guard:
            process, self._process, self.info, self._stream = self._process, None, None, None
        if process is None:
            return
        if process.stdin:
            process.stdin.close()
        if not child_process.ended(process, EXIT_GRACE_S):
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
            process.kill()  # it closed its output but still runs
            code = process.wait()
        self._end()
        how, said = how or exit_phrase(code), self._words.last(EXIT_GRACE_S) if self._words else ""
        words = f"; its last words: {said}" if said else ""
        raise errors.WorkerDied(
            f"the worker of {self._spec.model_id} {how}: that request is lost, the next one starts a new worker{words}"
        )

    def _out_of_step(self, reply: frames.Reply) -> NoReturn:
        self._end()
        raise errors.EngineError(
            f"the worker answered with an unexpected {type(reply).__name__}; it was ended, try again"
        )

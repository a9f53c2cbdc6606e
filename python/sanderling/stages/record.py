"""Records each routed request, answered or not, as one row of the telemetry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Literal

import msgspec
import numpy as np

from ..errors import SanderlingError
from ..records import (
    Answer,
    Assessment,
    AttentionResult,
    BlockHead,
    MemoryUse,
    RetrievalResult,
    Route,
    SearchStats,
    Timings,
    TokenCounts,
)
from ..request.request import Request
from ..router import features
from ..router.choices import Choice
from ..telemetry.feedback import score_of
from ..telemetry.row import Arm, Row, Versions
from ..telemetry.store import TelemetryStore
from ..telemetry.user import user_hash
from ..text.declined import declined
from .heads import PROMPT_VERSION

log = logging.getLogger(__name__)


class Journal:
    """Writer of telemetry rows, safe to share between threads.

    A row that cannot be written costs no answer: the first such answer carries a warning, later failures are logged.
    """

    def __init__(
        self, embedder_id: str, log_query_text: bool, store: TelemetryStore, block_head: BlockHead = "short"
    ) -> None:
        """Make a journal that writes to ``store``.

        ``log_query_text`` False: rows contain no words of the question. ``store`` is closed with the journal.
        ``block_head``: how the notes begin in every prompt.
        """
        from .._core import __version__

        self._embedder_id, self._log_query_text, self._version = embedder_id, log_query_text, __version__
        self._store, self._block_head = store, block_head
        self._user = ""
        self._warned = False
        self._answered = 0
        self._counting = threading.Lock()

    def record(
        self,
        answer: Answer,
        request: Request,
        found: RetrievalResult,
        engine: str,
        raw_features: Mapping[str, float],
        allowed: Sequence[Choice],
    ) -> Answer:
        """Write the row of ``answer``, and return the answer.

        The answer has one more warning if its row could not be written.

        ``raw_features``: named values of the router's features. ``allowed``: the choices the router had.
        """
        with self._counting:
            self._answered += 1
        try:
            values = features.vector(raw_features).tolist()
            self._store.append(self._row(answer, request, found, engine, values, allowed))
        except (SanderlingError, OSError) as error:
            if self._warned:
                log.info("this request is not in the telemetry: %s", error)
                return answer
            self._warned = True
            warning = f"this request is not in the telemetry, nor are later ones while this lasts ({error})"
            return msgspec.structs.replace(answer, warnings=(*answer.warnings, warning))
        return answer

    @property
    def requests(self) -> int:
        """Number of requests in the telemetry.

        If it cannot be read, those that this process answered are counted.
        """
        try:
            return max(self._store.count(), self._answered)
        except (SanderlingError, OSError) as error:
            log.info("the requests before were not counted: %s", error)
            return self._answered

    @contextmanager
    def failures(
        self,
        request: Request,
        found: RetrievalResult,
        route: Route,
        raw_features: Mapping[str, float],
        allowed: Sequence[Choice],
    ) -> Iterator[None]:
        """Write the row of a routed request if an error ends the ``with`` block."""
        try:
            yield
        except SanderlingError as error:
            self._fail(type(error).__name__, request, found, route, raw_features, allowed)
            raise

    def _fail(
        self,
        error: str,
        request: Request,
        found: RetrievalResult,
        route: Route,
        raw_features: Mapping[str, float],
        allowed: Sequence[Choice],
    ) -> None:
        blank = Answer(
            left_device=bool(request.departures),
            request_id=request.id,
            text="",
            sources=(),
            route=route,
            assessment=Assessment(accept=False, confidence=0.0, reason=""),
            finish_reason="cancelled",
            timings_ms=request.watch.timings(0.0),
            tokens=TokenCounts(),
            memory=MemoryUse(),
        )
        try:
            values = features.vector(raw_features).tolist()
            self._store.append(self._row(blank, request, found, "", values, allowed, error))
        except (SanderlingError, OSError) as failed:  # the first error is what the caller has to know
            log.info("this request is not in the telemetry: %s", failed)

    def sent(self, request: Request, route: Route, timings: Timings, tokens: TokenCounts, error: str) -> None:
        """Write the row of a request without notes that left this device. ``error``: class of what ended it, or empty.

        It has no features, so that no router learns from it.
        """
        none = np.empty(0, np.float32)
        try:
            row = Row.from_request(
                request_id=request.id,
                user_id=self.user,
                query=request.query,
                constraints=request.constraints,
                features=(),
                route=route,
                stats=SearchStats(),
                attended=AttentionResult(
                    keys=np.empty(0, np.uint64), weights=none, prior_weights=none, entropy=0.0, depth_touched=0
                ),
                nodes_used=0,
                timings=timings,
                tokens=tokens,
                memory=MemoryUse(),
                versions=Versions(package=self._version, engine=f"openai {route.tier}"),
                log_query_text=self._log_query_text,
                error=error,
                departures=request.departures,
            )
            self._store.append(row)
        except (SanderlingError, OSError) as failed:
            log.warning("what left this device for %s is not in the telemetry: %s", route.model_id, failed)

    def rate(self, request_id: str, score: float | Literal["up", "down"]) -> str:
        """Write a person's score into the row of a request; see :meth:`sanderling.Runtime.rate`.

        Returns the question; empty if its words are not kept.
        """
        return self._store.rate(request_id, score=score_of(score)).query

    @property
    def user(self) -> str:
        """Return the hash of the user's name. Raises OSError and UsageError if its salt cannot be kept."""
        self._user = self._user or user_hash()
        return self._user

    def close(self) -> None:
        """Close the file."""
        self._store.close()

    def _row(
        self,
        answer: Answer,
        request: Request,
        found: RetrievalResult,
        engine: str,
        values: Sequence[float],
        allowed: Sequence[Choice],
        error: str = "",
    ) -> Row:
        return Row.from_request(
            request_id=answer.request_id,
            user_id=self.user,
            query=request.query,
            constraints=request.constraints,
            features=values,
            route=answer.route,
            stats=found.hits.stats,
            attended=found.attended,
            nodes_used=len(answer.sources),
            timings=answer.timings_ms,
            tokens=answer.tokens,
            memory=answer.memory,
            versions=Versions(
                package=self._version,
                features=features.VERSION,
                prompt=f"{PROMPT_VERSION} {self._block_head}",
                engine=engine,
                embedder=self._embedder_id,
            ),
            filter=request.filter,
            cached=answer.cached,
            log_query_text=self._log_query_text,
            error=error,
            verdict=answer.verdict,
            declined=None if error else declined(answer.text),
            sources=[note.node_id for note in answer.sources],
            experiment=request.experiment,
            departures=request.departures,
            arms=[
                Arm(
                    model_id=choice.candidate.model_id,
                    rung=choice.candidate.rung,
                    context_bin=choice.context_bin,
                    predicted_ms=choice.predicted_ms,
                )
                for choice in allowed
            ],
        )

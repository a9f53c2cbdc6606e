"""One row per answer: from what a request gathered to the Answer its caller gets and the row telemetry keeps."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from typing import Literal

import msgspec
import psutil

from ..errors import SanderlingError
from ..records import Answer, Assessment, Draft, MemoryUse, RetrievalResult, SourceNote, TokenCounts
from ..request.request import Request
from ..router import features
from ..router.choices import Choice
from ..telemetry.feedback import score_of
from ..telemetry.row import Arm, Row, Versions
from ..telemetry.store import TelemetryStore
from ..telemetry.user import user_hash

log = logging.getLogger(__name__)


class Journal:
    """Writes rows, for any number of threads.

    What goes wrong here costs no answer: the first one without a row says so, others are logged.
    """

    def __init__(self, embedder_id: str, log_query_text: bool, store: TelemetryStore) -> None:
        """``log_query_text`` False: rows hold no words of the query. ``store`` is closed with the journal."""
        from .._core import __version__

        self._embedder_id, self._log_query_text, self._version = embedder_id, log_query_text, __version__
        self._store = store
        self._user = ""
        self._said = False
        self.requests = 0
        """Requests answered by this process."""
        self._counting = threading.Lock()

    def rate(self, request_id: str, score: float | Literal["up", "down"]) -> None:
        """Write a score into the row of a request; see :meth:`sanderling.Runtime.rate`."""
        self._store.rate(request_id, score=score_of(score))

    def answer(
        self,
        request: Request,
        found: RetrievalResult,
        draft: Draft,
        assessment: Assessment,
        raw_features: dict[str, float],
        sources: tuple[SourceNote, ...],
        allowed: Sequence[Choice],
    ) -> Answer:
        """Return the answer, after keeping its row. ``allowed``: what the router chose among."""
        generation = draft.generation
        answer = Answer(
            request_id=request.id,
            text=generation.text,
            sources=sources,
            route=draft.route,
            assessment=assessment,
            finish_reason=generation.finish_reason,
            timings_ms=request.watch.timings(generation.ttft_ms),
            tokens=TokenCounts(
                prompt=generation.prompt_tokens,
                cached=generation.cached_tokens,
                completion=len(generation.tokens),
            ),
            memory=MemoryUse(rss_bytes=psutil.Process().memory_info().rss, model_bytes=generation.rss_bytes),
            cached=draft.cached,
            model_peak_bytes=generation.peak_rss_bytes,
            dropped=draft.prompt.dropped,
            warnings=tuple(request.warnings),
        )
        with self._counting:
            self.requests += 1
        try:
            values = features.vector(raw_features).tolist()
            self._store.append(self._row(request, found, draft.engine, values, answer, allowed))
        except (SanderlingError, OSError) as error:
            if self._said:
                log.info("this request is not in the telemetry: %s", error)
                return answer
            self._said = True
            told = f"this request is not in the telemetry, nor are later ones while this lasts ({error})"
            return msgspec.structs.replace(answer, warnings=(*answer.warnings, told))
        return answer

    def _row(
        self,
        request: Request,
        found: RetrievalResult,
        engine: str,
        values: Sequence[float],
        answer: Answer,
        allowed: Sequence[Choice],
    ) -> Row:
        self._user = self._user or user_hash()
        return Row.from_request(
            request_id=answer.request_id,
            user_id=self._user,
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
                package=self._version, features=features.VERSION, engine=engine, embedder=self._embedder_id
            ),
            filter=request.filter,
            cached=answer.cached,
            log_query_text=self._log_query_text,
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

    def close(self) -> None:
        """Close the file."""
        self._store.close()

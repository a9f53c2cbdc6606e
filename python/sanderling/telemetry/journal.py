"""One row per answer: from what a request gathered to the Answer its caller gets and the row telemetry keeps."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import psutil

from ..errors import SanderlingError
from ..records import Answer, Assessment, Draft, Found, MemoryUse, SourceNote, TokenCounts
from ..request import Request
from ..router.candidates import Choice
from ..stages import features
from .row import Arm, Row, Versions
from .store import TelemetryStore
from .user import user_hash

log = logging.getLogger(__name__)


class Journal:
    """Writes rows. What goes wrong here is logged and costs no answer."""

    def __init__(self, embedder_id: str, log_query_text: bool, keep_days: float | None = None) -> None:
        """``log_query_text`` False: rows hold no words of the query. ``keep_days``: older rows go; None: all stay."""
        from .._core import __version__

        self._embedder_id, self._log_query_text, self._version = embedder_id, log_query_text, __version__
        self._store = TelemetryStore(keep_days=keep_days)
        self._user = user_hash()
        self.requests = 0
        """Requests answered by this process."""

    def answer(
        self,
        request: Request,
        found: Found,
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
        self.requests += 1
        try:
            values = features.vector(raw_features).tolist()
            self._store.append(self._row(request, found, draft.engine, values, answer, allowed))
        except SanderlingError as error:
            log.warning("this request is not in the telemetry: %s", error)
        return answer

    def _row(
        self,
        request: Request,
        found: Found,
        engine: str,
        values: Sequence[float],
        answer: Answer,
        allowed: Sequence[Choice],
    ) -> Row:
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

"""Record each answered request as one row of the telemetry."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from ..errors import SanderlingError
from ..records import Answer, BlockHead, RetrievalResult
from ..request.request import Request
from ..router import features
from ..router.choices import Choice
from ..telemetry.feedback import score_of
from ..telemetry.row import Arm, Row, Versions
from ..telemetry.store import TelemetryStore
from ..telemetry.user import user_hash
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
        self.requests = 0
        """Number of requests answered by this process."""
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
        """Write the row of ``answer`` and return the answer, with one more warning if its row could not be written.

        ``raw_features``: named values of the router's features. ``allowed``: the choices the router had.
        """
        with self._counting:
            self.requests += 1
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

    def rate(self, request_id: str, score: float | Literal["up", "down"]) -> None:
        """Write a person's score into the row of a request; see :meth:`sanderling.Runtime.rate`."""
        self._store.rate(request_id, score=score_of(score))

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
                package=self._version,
                features=features.VERSION,
                prompt=f"{PROMPT_VERSION} {self._block_head}",
                engine=engine,
                embedder=self._embedder_id,
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

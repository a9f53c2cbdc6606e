"""The router's input: a feature vector, ``float32[64]``.

In the first step it holds all that is known before the draft, in the second step also what is known after it.

The table :data:`SLOTS` gives each slot's name, raw unit and normalisation to about [-1, 1]. The table has a version,
and weights trained on another version are refused. An unknown value is 0. A ``has_*`` slot tells it from a true 0,
unless the unit rules out a true 0.

The second recurrent step, after the draft, uses the same table with the draft slots filled, the remaining budget, and
the drafting model as the previous one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..constraints import Constraints
from ..device.strain import UNKNOWN, Strain
from ..models.candidate import EXPECTED_COMPLETION_TOKENS, Candidate
from ..records import ContextBin, Generation, RetrievalResult, Vectors
from ..text.answer_checks import overlap
from ..text.declined import declined
from ..text.questions import question
from . import components

VERSION = 4
SIZE = 64
RUNGS = 4
NAMES, CUES = 8, 4
"""Numbers of names and of multi-hop hint words in a question that are normalised to 1."""
MOST = 4.0
"""Bound on a normalised value: slots are clipped to ±4."""
PRICED: ContextBin = "small"
"""Context for which each model's time is predicted: the rule's usual one."""
AGREEING = 10
"""Number of leading ranks compared between two rankings."""

_DEVICE_CLASSES = {"phone": 0.25, "board": 0.5, "laptop": 0.75, "server": 1.0}


def _as_is(value: float) -> float:
    return value


def _log(reference: float) -> Callable[[float], float]:
    """Return a function with a logarithmic scale that maps 0 to 0 and ``reference`` to 1."""
    return lambda value: math.log1p(max(value, 0.0)) / math.log1p(reference)


LONGEST_MS = 60_000
"""Predicted time, in milliseconds, that maps to 1."""


def of_log_ms(normalised: NDArray[np.float32]) -> NDArray[np.float64]:
    """Convert normalised predicted times back to milliseconds. Values that were clipped stay clipped."""
    found: NDArray[np.float64] = np.expm1(normalised.astype(np.float64) * math.log1p(LONGEST_MS))
    return found


def _over(reference: float) -> Callable[[float], float]:
    return lambda value: value / reference


class Slot(NamedTuple):
    """One position of the feature vector."""

    name: str
    unit: str
    normalise: Callable[[float], float]


SLOTS: tuple[Slot, ...] = (
    Slot("query_tokens", "tokens, about", _log(64)),
    Slot("query_names", "capitalised words", _over(NAMES)),
    Slot("query_digits", "share of characters", _as_is),
    Slot("query_multi_hop_cues", "count", _over(CUES)),
    Slot("language_english", "0 or 1; both 0: no telling", _as_is),
    Slot("language_other", "0 or 1", _as_is),
    Slot("subject_maths", "0 or 1", _as_is),
    Slot("subject_code", "0 or 1", _as_is),
    Slot("subject_risky", "0 or 1", _as_is),
    *(Slot(f"asked_{kind}", "0 or 1; all 0: a thing", _as_is) for kind in question.ASKED),
    Slot("user_requests", "requests so far", _log(1000)),
    Slot("has_components", "0 or 1", _as_is),
    *(Slot(f"component{i}", "standard deviations", _over(2)) for i in range(components.COUNT)),
    Slot("has_hits", "0 or 1", _as_is),
    Slot("hits_k", "nodes", _over(64)),
    Slot("hits_mean_distance", "distance", _as_is),
    Slot("hits_std_distance", "distance", _over(0.25)),
    Slot("hits_min_distance", "distance", _as_is),
    Slot("hits_max_distance", "distance", _as_is),
    Slot("hits_margin", "distance, second minus first", _over(0.25)),
    Slot("hits_agreement", "share of the first ten by vector that are of the first ten by all channels", _as_is),
    Slot("attention_entropy", "share of the largest possible", _as_is),
    Slot("attention_top3", "weight", _as_is),
    Slot("attention_depth", "hops", _over(2)),
    Slot("attention_nodes", "nodes", _log(256)),
    Slot("has_budget", "0 or 1", _as_is),
    Slot("budget", "ms", _log(60_000)),
    Slot("privacy_any", "0 or 1", _as_is),
    Slot("device_class", "phone .25, board .5, laptop .75, server 1; 0: not known", _as_is),
    Slot("free_ram", "GiB", _log(32)),
    *(
        Slot(f"rung{i}_prefill", "ms of a small context; 0: not here, or no RAM for it", _log(LONGEST_MS))
        for i in range(RUNGS)
    ),
    *(Slot(f"rung{i}_decode", "ms of a short answer; 0: likewise", _log(LONGEST_MS)) for i in range(RUNGS)),
    *(Slot(f"rung{i}_warm", "0 or 1", _as_is) for i in range(RUNGS)),
    Slot("cached_tokens", "tokens of the conversation the previous model still holds", _log(4096)),
    Slot("has_headroom", "0 or 1", _as_is),
    Slot("headroom", "kelvin until the device slows down", _over(40)),
    Slot("battery", "share left, 1 on mains; 0: not known", _as_is),
    Slot("turn", "turns before this one", _log(16)),
    Slot("previous_model", "rung + 1; 0: none", _over(RUNGS)),
    Slot("has_draft", "0 or 1", _as_is),
    Slot("draft_mean_logprob", "nats", _over(4)),
    Slot("draft_min_logprob", "nats", _over(16)),
    Slot("draft_margin", "nats, mean", _over(NAMES)),
    Slot("draft_entropy", "nats, mean", _over(4)),
    Slot("draft_tokens", "tokens", _log(256)),
    Slot("draft_overlap", "share of its words that stand in the context", _as_is),
    Slot("draft_not_found", "0 or 1", _as_is),
)
INDEX = {slot.name: i for i, slot in enumerate(SLOTS)}


def vector(raw: Mapping[str, float]) -> NDArray[np.float32]:
    """Normalise and clip named raw values, and return them as ``float32[64]``.

    They are clipped to plus or minus :data:`MOST`.

    Raises KeyError for an unknown name.
    """
    out = np.zeros(SIZE, dtype=np.float32)
    for name, value in raw.items():
        slot = INDEX[name]
        out[slot] = min(MOST, max(-MOST, SLOTS[slot].normalise(float(value))))
    return out


def of_query(query: str, user_requests: int = 0) -> dict[str, float]:
    """Return the features that describe the question's words."""
    language, subjects, asked_for = question.language(query), question.subjects(query), question.asked_for(query)
    return {
        "query_tokens": question.tokens(query),
        "query_names": question.names(query),
        "query_digits": sum(c.isdigit() for c in query) / max(len(query), 1),
        "query_multi_hop_cues": question.multi_hop_cues(query),
        "language_english": float(language == "en"),
        "language_other": float(language not in ("", "en")),
        "subject_maths": float("maths" in subjects),
        "subject_code": float("code" in subjects),
        "subject_risky": float(bool(subjects & question.RISKY)),
        **{f"asked_{kind}": float(kind == asked_for) for kind in question.ASKED},
        "user_requests": user_requests,
    }


def of_embedding(vector: Vectors, embedder_id: str) -> dict[str, float]:
    """Return the features of the question's vector: its coordinates along principal components.

    Its length is no feature: every embedder here returns unit vectors.
    """
    coordinates = components.project(vector, embedder_id)
    if coordinates is None:
        return {"has_components": 0.0}
    return {"has_components": 1.0} | {f"component{i}": value for i, value in enumerate(coordinates)}


def of_retrieval(found: RetrievalResult) -> dict[str, float]:
    """Return the features of search and attention."""
    hits, attended = found.hits, found.attended
    weights, n = attended.prior_weights, len(attended.prior_weights)
    if len(hits.keys) == 0:
        return {"has_hits": 0.0}
    stats = hits.stats
    first = set(hits.keys[:AGREEING].tolist())
    return {
        "has_hits": 1.0,
        "hits_k": stats.k,
        "hits_mean_distance": stats.mean_distance,
        "hits_std_distance": stats.std_distance,
        "hits_min_distance": stats.min_distance,
        "hits_max_distance": stats.max_distance,
        "hits_margin": float(hits.distances[1] - hits.distances[0]) if len(hits.distances) > 1 else 0.0,
        "hits_agreement": len(first & set(attended.keys[:AGREEING].tolist())) / len(first),
        "attention_entropy": attended.entropy / math.log(n) if n > 1 else 0.0,
        "attention_top3": float(weights[:3].sum()),
        "attention_depth": attended.depth_touched,
        "attention_nodes": n,
    }


def of_request(
    constraints: Constraints, device_class: str, free_ram_bytes: int, strain: Strain = UNKNOWN
) -> dict[str, float]:
    """Return the features of the caller's constraints and the device's state."""
    budget, headroom = constraints.budget_ms, strain.headroom_k
    return {
        "has_budget": float(budget is not None),
        "budget": budget or 0.0,
        "privacy_any": float(constraints.privacy == "any"),
        "device_class": _DEVICE_CLASSES.get(device_class, 0.0),
        "free_ram": free_ram_bytes / 2**30,
        "has_headroom": float(headroom is not None),
        "headroom": headroom or 0.0,
        "battery": strain.battery or 0.0,
    }


def of_candidates(candidates: Sequence[Candidate], context_tokens: int) -> dict[str, float]:
    """Return the features of each model: whether it is loaded, and its predicted times for ``context_tokens``.

    A ladder has at most :data:`RUNGS` models.
    """
    raw: dict[str, float] = {}
    for candidate in candidates[:RUNGS]:
        rung = f"rung{candidate.rung}"
        raw[f"{rung}_warm"] = float(candidate.warm)
        if candidate.fits_ram:
            raw[f"{rung}_prefill"] = candidate.prefill_ms(context_tokens)
            raw[f"{rung}_decode"] = candidate.decode_ms(EXPECTED_COMPLETION_TOKENS)
    return raw


def of_conversation(turn: int, previous_rung: int | None, cached_tokens: int = 0) -> dict[str, float]:
    """Return the features of the conversation.

    ``previous_rung`` None: this is the first turn, or the previous turn's model is not on this ladder.
    """
    previous = 0 if previous_rung is None else previous_rung + 1
    return {"turn": turn, "previous_model": previous, "cached_tokens": cached_tokens}


def of_draft(draft: Generation, blocks: Sequence[str]) -> dict[str, float]:
    """Return the features of a draft. ``blocks``: the texts in the prompt from which it was made."""
    scored = draft.tokens if draft.scored else ()
    return of_signals(
        [token.logprob for token in scored],
        [token.margin for token in scored],
        [token.entropy for token in scored],
        overlap=overlap(draft.text, blocks),
        not_found=declined(draft.text),
    )


def of_signals(
    logprobs: Sequence[float],
    margins: Sequence[float],
    entropies: Sequence[float],
    *,
    overlap: float,
    not_found: bool,
) -> dict[str, float]:
    """Return the same features as :func:`of_draft`, computed from stored signals.

    The sequences hold one value per token, in nats.
    """
    n = max(len(logprobs), 1)
    return {
        "has_draft": 1.0,
        "draft_mean_logprob": sum(logprobs) / n,
        "draft_min_logprob": min(logprobs, default=0.0),
        "draft_margin": sum(margins) / n,
        "draft_entropy": sum(entropies) / n,
        "draft_tokens": len(logprobs),
        "draft_overlap": overlap,
        "draft_not_found": float(not_found),
    }


def of_second_step(drafted_by: int, budget_left_ms: float | None) -> dict[str, float]:
    """Return the features that change in the second step: the previous model and the remaining budget.

    ``drafted_by``: rung of the model that wrote the draft.
    """
    return {
        "previous_model": drafted_by + 1,
        "has_budget": float(budget_left_ms is not None),
        "budget": max(budget_left_ms or 0.0, 0.0),
    }

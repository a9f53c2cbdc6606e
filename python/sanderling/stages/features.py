"""Everything known before (and after) the draft in, ``float32[64]`` out: the router's input.

One table, :data:`SLOTS`, names each slot, its raw unit and how it is normalised to about [-1, 1]. The table has a
version; weights trained on another version are refused. What is not known is 0 *and* has its ``has_*`` slot at 0, so
that "unknown" and "zero" differ.

The second recurrent step, after the draft, uses the same table with the draft slots filled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..records import Constraints, Found, Generation
from ..router.candidates import Candidate

VERSION = 1
SIZE = 64
RUNGS = 4

_WH = ("who", "what", "when", "where", "why", "how", "which")
_DEVICE_CLASSES = ("server", "laptop", "board", "phone")
_MULTI_HOP = re.compile(r"\b(whose|of the|that|which|both|before|after|than|same)\b|'s\b", re.IGNORECASE)


def _as_is(value: float) -> float:
    return value


def _log(reference: float) -> Callable[[float], float]:
    """Log scale on which ``reference`` maps to 1."""
    return lambda value: math.log1p(max(value, 0.0)) / math.log1p(reference)


def _over(reference: float) -> Callable[[float], float]:
    return lambda value: value / reference


class Slot(NamedTuple):
    """One position of the feature vector."""

    name: str
    unit: str
    normalise: Callable[[float], float]


SLOTS: tuple[Slot, ...] = (
    Slot("query_words", "words", _log(64)),
    Slot("query_chars", "characters", _log(512)),
    Slot("query_digits", "share of characters", _as_is),
    Slot("query_non_ascii", "share of characters", _as_is),
    Slot("query_multi_hop_cues", "count", _over(4)),
    *(Slot(f"query_{word}", "0 or 1", _as_is) for word in _WH),
    Slot("user_requests", "requests so far", _log(1000)),
    Slot("embedding_norm", "L2", _as_is),
    Slot("has_hits", "0 or 1", _as_is),
    Slot("hits_k", "nodes", _over(64)),
    Slot("hits_mean_distance", "distance", _as_is),
    Slot("hits_std_distance", "distance", _over(0.25)),
    Slot("hits_min_distance", "distance", _as_is),
    Slot("hits_max_distance", "distance", _as_is),
    Slot("hits_margin", "distance, second minus first", _over(0.25)),
    Slot("attention_entropy", "share of the largest possible", _as_is),
    Slot("attention_top1", "weight", _as_is),
    Slot("attention_top3", "weight", _as_is),
    Slot("attention_depth", "hops", _over(2)),
    Slot("attention_nodes", "nodes", _log(256)),
    Slot("has_budget", "0 or 1", _as_is),
    Slot("budget", "ms", _log(60_000)),
    Slot("privacy_any", "0 or 1", _as_is),
    *(Slot(f"device_{name}", "0 or 1", _as_is) for name in _DEVICE_CLASSES),
    Slot("free_ram", "GiB", _log(32)),
    *(Slot(f"rung{i}_allowed", "0 or 1", _as_is) for i in range(RUNGS)),
    *(Slot(f"rung{i}_predicted", "ms", _log(60_000)) for i in range(RUNGS)),
    *(Slot(f"rung{i}_warm", "0 or 1", _as_is) for i in range(RUNGS)),
    Slot("turn", "turns before this one", _log(16)),
    *(Slot(f"rung{i}_previous", "0 or 1", _as_is) for i in range(RUNGS)),
    Slot("has_draft", "0 or 1", _as_is),
    Slot("draft_mean_logprob", "nats", _over(4)),
    Slot("draft_min_logprob", "nats", _over(16)),
    Slot("draft_tokens", "tokens", _log(256)),
    Slot("draft_cut", "0 or 1", _as_is),
    *(Slot(f"reserved{i}", "always 0", _as_is) for i in range(8)),
)
INDEX = {slot.name: i for i, slot in enumerate(SLOTS)}


def vector(raw: Mapping[str, float]) -> NDArray[np.float32]:
    """Normalise named raw values into ``float32[64]``, clipped to [-4, 4]; KeyError for a name without a slot."""
    out = np.zeros(SIZE, dtype=np.float32)
    for name, value in raw.items():
        slot = INDEX[name]
        out[slot] = min(4.0, max(-4.0, SLOTS[slot].normalise(float(value))))
    return out


def of_query(query: str, user_requests: int = 0) -> dict[str, float]:
    """What the words alone tell."""
    words = query.lower().split()
    chars = max(len(query), 1)
    return {
        "query_words": len(words),
        "query_chars": len(query),
        "query_digits": sum(c.isdigit() for c in query) / chars,
        "query_non_ascii": sum(not c.isascii() for c in query) / chars,
        "query_multi_hop_cues": len(_MULTI_HOP.findall(query)),
        **{f"query_{word}": float(word in words) for word in _WH},
        "user_requests": user_requests,
    }


def of_retrieval(found: Found) -> dict[str, float]:
    """What the search and the attention tell."""
    hits, attended = found.hits, found.attended
    weights, n = attended.weights, len(attended.weights)
    raw = {"embedding_norm": float(np.linalg.norm(found.vector)), "has_hits": float(len(hits.keys) > 0)}
    if len(hits.keys) == 0:
        return raw
    stats = hits.stats
    return raw | {
        "hits_k": stats.k,
        "hits_mean_distance": stats.mean_distance,
        "hits_std_distance": stats.std_distance,
        "hits_min_distance": stats.min_distance,
        "hits_max_distance": stats.max_distance,
        "hits_margin": float(hits.distances[1] - hits.distances[0]) if len(hits.distances) > 1 else 0.0,
        "attention_entropy": attended.entropy / math.log(n) if n > 1 else 0.0,
        "attention_top1": float(weights[:1].sum()),
        "attention_top3": float(weights[:3].sum()),
        "attention_depth": attended.depth_touched,
        "attention_nodes": n,
    }


def of_request(constraints: Constraints, device_class: str, free_ram_bytes: int) -> dict[str, float]:
    """What the caller and the device allow."""
    budget = constraints.budget_ms
    return {
        "has_budget": float(budget is not None),
        "budget": budget or 0.0,
        "privacy_any": float(constraints.privacy == "any"),
        **{f"device_{name}": float(name == device_class) for name in _DEVICE_CLASSES},
        "free_ram": free_ram_bytes / 2**30,
    }


def of_draft(draft: Generation) -> dict[str, float]:
    """What the draft's own confidence tells: the input of the second recurrent step."""
    logprobs: Sequence[float] = [token.logprob for token in draft.tokens] or [0.0]
    return {
        "has_draft": 1.0,
        "draft_mean_logprob": sum(logprobs) / len(logprobs),
        "draft_min_logprob": min(logprobs),
        "draft_tokens": len(draft.tokens),
        "draft_cut": float(draft.finish_reason == "length"),
    }


def of_candidates(candidates: Sequence[Candidate], context_tokens: int) -> dict[str, float]:
    """What each rung would cost over ``context_tokens`` of context. Ladders have at most :data:`RUNGS` models."""
    raw: dict[str, float] = {}
    for candidate in candidates[:RUNGS]:
        raw[f"rung{candidate.rung}_allowed"] = float(candidate.fits_ram)
        raw[f"rung{candidate.rung}_predicted"] = candidate.predicted_ms(context_tokens)
        raw[f"rung{candidate.rung}_warm"] = float(candidate.warm)
    return raw


def of_conversation(turn: int, previous_rung: int | None) -> dict[str, float]:
    """Where the conversation stands."""
    return {"turn": turn} | ({} if previous_rung is None else {f"rung{previous_rung}_previous": 1.0})

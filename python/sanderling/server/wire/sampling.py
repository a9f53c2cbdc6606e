"""Request fields that limit or steer the generation.

All requests of the OpenAI API use the same names.
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from ... import ranges
from ...constraints import Constraints
from ..refusal import Refused
from .documented import bounded
from .options import Options, refuse_number

MOST_STOPS = 16
MAX_TOKENS = 512
"""Default number of generated tokens, enough for a long answer."""


class Sampled(msgspec.Struct, frozen=True, kw_only=True):
    """Base class of request bodies that start a generation."""

    model: str = "auto"
    stream: bool | None = None
    max_tokens: int | None = None
    temperature: Annotated[float | None, bounded(ranges.TEMPERATURE)] = None
    top_p: Annotated[float | None, bounded(ranges.SHARE)] = None
    seed: int | None = None
    stop: str | list[str] | None = None
    n: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    user: str | None = None


def constraints_of(body: Sampled, options: Options, model_id: str, max_tokens: int | None) -> Constraints:
    """Return the constraints stated in a body and its options.

    ``max_tokens`` None: the default. Raises Refused for what is out of range or cannot be honoured.
    """
    refuse_unsupported(body)
    stops = [body.stop] if isinstance(body.stop, str) else body.stop or []
    if len(stops) > MOST_STOPS or not all(stops):
        raise Refused(400, "invalid_value", f"stop: at most {MOST_STOPS} texts, none of them empty", param="stop")
    top_p = None if body.top_p is None else float(body.top_p)
    temperature = None if body.temperature is None else float(body.temperature)
    for name, value, bounds in (
        ("max_tokens", max_tokens, ranges.TOKENS),
        ("temperature", temperature, ranges.TEMPERATURE),
        ("top_p", top_p, ranges.SHARE),
        ("sanderling.budget_ms", options.budget_ms, ranges.BUDGET_MS),
        ("sanderling.limit", options.limit, ranges.COUNT),
        ("sanderling.start", options.start, ranges.COUNT),
    ):
        refuse_number(name, value, bounds)
    return Constraints(
        budget_ms=options.budget_ms,
        privacy=options.privacy,
        max_tokens=max_tokens or MAX_TOKENS,
        context_bin=options.context,
        temperature=temperature,
        top_p=top_p,
        # Clients draw seeds of any size and sign.
        seed=None if body.seed is None else body.seed % (int(ranges.SEED.high) + 1),
        stop=tuple(stops),
        model_id=model_id,
        cache=options.cache,
    )


def refuse_unsupported(body: Sampled) -> None:
    """Raise Refused for settings that the engines do not support."""
    if body.n not in (None, 1):
        raise Refused(400, "unsupported_value", f"n {body.n}: one answer is given", param="n")
    for name in ("presence_penalty", "frequency_penalty"):
        if getattr(body, name):
            raise Refused(400, "unsupported_value", f"{name} must be 0: it is not supported", param=name)

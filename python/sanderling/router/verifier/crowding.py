"""How crowded a context was: the notes that a question seems to need, relative to the context's size.

A model that is shown one of two needed notes names what stands in it, word for word and without doubt. So the draft's
own signals look best just where a small context left the second note out.
"""

from __future__ import annotations

from collections.abc import Mapping

from .. import features, rule

ONE = 1.5
"""Greatest :func:`~sanderling.router.rule.hops` at which one note is enough."""
MOST = 3.0
ROOM_TOKENS = 96
"""Context of the smallest size, for which a needed note counts in full."""
TYPICAL = 0.8
"""Mean over the collected questions, for those whose features are of an older table."""


def crowding(raw: Mapping[str, float], context_tokens: int) -> float:
    """Return the crowding, from 0 (one needed note, or none found) to 3 (several notes in a tiny context).

    ``raw``: features by name, not normalised. ``context_tokens``: size of the context, the note's heads included.
    """
    if not raw.get("has_hits"):
        return 0.0
    needed = float(rule.hops(features.vector(raw))) - ONE
    return _shared(min(max(needed, 0.0), MOST), context_tokens)


def typical(context_tokens: int) -> float:
    """Return the crowding to assume for a context of ``context_tokens`` if the question's features are unknown."""
    return _shared(TYPICAL, context_tokens)


def _shared(needed: float, context_tokens: int) -> float:
    return needed * ROOM_TOKENS / max(context_tokens, ROOM_TOKENS)

"""The router in use, with which a newly trained router is compared."""

from __future__ import annotations

from ..disk.files import content
from . import fastgrnn, installed
from .features import VERSION
from .installed import State
from .training import card

RULE = "rule"


def present(state: State, ladder: tuple[str, ...]) -> tuple[bytes | None, str]:
    """Return the weights and the id of the installed router, if this version can use the router.

    The weights must fit ``ladder`` and this version's router features. Otherwise return None and the rule's name.
    """
    if state.current is None:
        return None, RULE
    data = content(installed.folder() / state.current.file)
    try:
        weights = fastgrnn.from_bytes(data)
    except ValueError:  # an older format, which cannot route any more
        return None, RULE
    if weights.features_version != VERSION or card.decode(weights.card).models != ladder:
        return None, RULE
    return data, state.current.id

"""The attention weights that ship with the package, and the one check that they fit what is computed for them.

``attention.weights`` is written by ``sanderling memory train``; ``attention.md`` beside it says from what, by which
command, and how well it does on questions that had no part in its training.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..._core import Attention, DamageError, VersionError
from ...disk.files import irregular
from ...errors import UsageError
from .features import FEATURES, FEATURES_VERSION

SHIPPED = Path(__file__).with_name("attention.weights")


@cache
def shipped() -> Attention | None:
    """Return the weights of the package, read once; None where it was built without any."""
    return read(SHIPPED) if SHIPPED.exists() else None


def read(path: Path) -> Attention:
    """Read attention weights.

    Raises UsageError if they are damaged, of another version, no regular file, or trained on another table of features.
    """
    if kind := irregular(path):
        raise UsageError(f"{path} is {kind}: name a file of weights, as  sanderling memory train  writes them")
    try:
        attention = Attention.from_bytes(path.read_bytes())
    except (DamageError, VersionError) as error:
        raise UsageError(f"{path}: {error}: train weights anew with  sanderling memory train") from error
    check(attention, str(path))
    return attention


def check(attention: Attention, name: str = "these attention weights") -> None:
    """Raise UsageError unless ``attention`` reads the features of this version."""
    if (attention.features_version, attention.features) != (FEATURES_VERSION, len(FEATURES)):
        raise UsageError(
            f"{name}: trained on feature table {attention.features_version} with {attention.features} columns, this "
            f"sanderling computes table {FEATURES_VERSION} with {len(FEATURES)}: train weights anew with  sanderling "
            "memory train"
        )

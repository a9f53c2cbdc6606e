"""The attention weights shipped with the package, and a check that weights fit this version's features.

Weights must fit this version's features. ``sanderling memory train`` writes ``attention.weights``. ``attention.md``
beside it names the training sets and the command, and gives the quality on questions held out of training.
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
    """Return the weights shipped with the package; None if the package has no weights.

    The file is read only once.
    """
    return read(SHIPPED) if SHIPPED.exists() else None


def read(path: Path) -> Attention:
    """Read attention weights from ``path``.

    Raises UsageError if the file is damaged, of another version, not regular, or trained on another feature table.
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
    """Raise UsageError unless ``attention`` was trained on this version's features.

    ``name``: what the message calls the weights.
    """
    if (attention.features_version, attention.features) != (FEATURES_VERSION, len(FEATURES)):
        raise UsageError(
            f"{name}: trained on feature table {attention.features_version} with {attention.features} columns, this "
            f"sanderling computes table {FEATURES_VERSION} with {len(FEATURES)}: train weights anew with  sanderling "
            "memory train"
        )

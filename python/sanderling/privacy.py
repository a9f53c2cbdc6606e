"""The privacy of a request: which machines besides this device may receive the request.

``local``: none; ``own``: the user's own machines; ``any``: any configured machine. ``local`` < ``own`` < ``any``.
A request names one, ``config.toml`` bounds all, and notes may be kept back one by one
(:mod:`sanderling.memory.never_leave`); of several, the strictest holds.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from .errors import UsageError
from .privacy_rules import privacy_rules
from .records import Privacy

Trust = Literal["", "own", "third"]
"""Owner of a model: "" is this device, ``own`` another machine of the user, ``third`` someone else."""
LEVELS: tuple[Privacy, ...] = get_args(Privacy)


class PrivacySettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The table ``[privacy]`` of ``config.toml``. Raises ValueError for a rule that would never match."""

    default: Privacy = "local"
    """Privacy of requests that state none."""
    limit: Privacy = "any"
    """Laxest privacy of any request: ``local`` lets nothing leave."""
    never_leave: tuple[str, ...] = ()
    """Notes that stay on this device, such as ``health`` or ``domain:health``, ``tag:private``, ``folder:~/diary``."""

    def __post_init__(self) -> None:
        """Refuse rules that name nothing. A typing mistake would let notes leave."""
        try:
            privacy_rules(self.never_leave)
        except UsageError as error:
            raise ValueError(str(error)) from error


def strictest(*wanted: Privacy) -> Privacy:
    """Return the strictest privacy among the arguments."""
    return min(wanted, key=LEVELS.index)


def allows(privacy: Privacy | None, trust: Trust) -> bool:
    """Return whether a request of this privacy may use a model owned by ``trust``. None allows this device alone."""
    if trust == "":
        return True
    if trust == "own":
        return privacy in ("own", "any")
    return privacy == "any"

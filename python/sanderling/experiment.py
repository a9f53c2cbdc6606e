"""A live comparison of two arms, as ``[ab]`` of ``config.toml`` defines it.

``a`` is what the rest of the file says; ``b`` differs by its router or some settings. A conversation stays in the arm
of its first question, however many processes it goes through, since the arm is drawn by a hash and not stored.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from . import ranges

ArmName = Literal["a", "b"]
_PARTS = 1 << 32


class Arm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings in which one arm differs from the configuration; None: no difference."""

    router: str = ""
    """``rule``, ``shipped``, ``learned`` or the path of FastGRNN weights; empty: as the command or call says."""
    explore: float | None = None
    largest_for: tuple[str, ...] | None = None
    always_largest: bool | None = None

    def __post_init__(self) -> None:
        """Raise ValueError if a number is out of its range."""
        ranges.SHARE.check("explore =", self.explore)


class Experiment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A live comparison: two arms, and the share of conversations in the second arm.

    Raises ValueError for a number out of its range.
    """

    name: str = "ab"
    """Name in the telemetry; another name draws the arms anew."""
    share: float = 0.5
    """Share of conversations, or of users, in arm ``b``."""
    by: Literal["conversation", "user"] = "conversation"
    """Unit that stays in one arm: a conversation (a single question is one), or a user."""
    a: Arm = Arm()
    b: Arm = Arm()

    def __post_init__(self) -> None:
        """Raise ValueError for a share out of range, an invalid name, or two equal arms."""
        ranges.SHARE.check("share =", self.share)
        if not self.name or "/" in self.name or len(self.name) > 64:
            raise ValueError("name: write 1 to 64 characters without /")
        if self.a == self.b:
            raise ValueError("both arms are alike: give b a router or a setting of its own")

    def arm_of(self, user: str, first_question: str) -> ArmName:
        """Return the arm of a conversation that began with ``first_question``. ``user``: a hash of the user's name."""
        unit = user if self.by == "user" else f"{user} {first_question}"
        drawn = int.from_bytes(hashlib.sha256(f"{self.name} {unit}".encode()).digest()[:4], "big")
        return "b" if drawn < self.share * _PARTS else "a"

    def recorded(self, arm: ArmName) -> str:
        """Return the name of the arm in the telemetry, ``NAME/ARM``."""
        return f"{self.name}/{arm}"

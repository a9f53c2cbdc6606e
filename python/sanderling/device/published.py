"""Compares the profiles' predictions with published speeds.

``published.toml`` names the source of each figure, and the reason where a prediction is off by more than a quarter.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

import msgspec
from msgspec.structs import replace

from ..records import Record
from . import profiles
from .profiles import Count, Positive, Profile

WITHIN = 0.25
"""Largest relative error of a prediction that needs no reason."""


class Published(Record, forbid_unknown_fields=True):
    """A published measurement of one model on one device. None: not published."""

    profile: str
    device: str
    model: str
    bytes: Count
    """Size of the file, or of the part read for one token, in bytes."""
    parameters: Count
    engine: str
    source: str
    variant: str = ""
    """Name of the profile's variant; empty: none."""
    prefill_tokens_per_s: Positive | None = None
    decode_tokens_per_s: Positive | None = None
    fitted: bool = False
    """Whether the profile was fitted to this row."""
    why: str = ""
    """Reason for an error above :data:`WITHIN`."""


class Compared(Record):
    """A published measurement and the profile's prediction. ``*_off``: predicted over published, minus 1."""

    published: Published
    predicted_prefill_tokens_per_s: float
    predicted_decode_tokens_per_s: float
    prefill_off: float | None
    decode_off: float | None

    @property
    def within(self) -> bool:
        """Return whether each prediction is within a quarter of the published speed."""
        return all(abs(off) <= WITHIN for off in (self.prefill_off, self.decode_off) if off is not None)


class _File(Record, forbid_unknown_fields=True):
    row: tuple[Published, ...]


@cache
def published() -> tuple[Published, ...]:
    """Return all published measurements, in the order of the file."""
    text = (resources.files(__package__) / "published.toml").read_bytes()
    return msgspec.toml.decode(text, type=_File).row


def compare(profile: str | None = None) -> tuple[Compared, ...]:
    """Compare the published measurements with the profiles' predictions.

    ``profile``: only those on its devices; None: all.
    """
    return tuple(_compared(row) for row in published() if profile in (None, row.profile))


def _compared(row: Published) -> Compared:
    speeds = profiles.predict(_profile(row), row.bytes, row.parameters)
    prefill, decode = speeds.prefill_tokens_per_s, speeds.decode_tokens_per_s
    return Compared(
        published=row,
        predicted_prefill_tokens_per_s=prefill,
        predicted_decode_tokens_per_s=decode,
        prefill_off=None if row.prefill_tokens_per_s is None else prefill / row.prefill_tokens_per_s - 1,
        decode_off=None if row.decode_tokens_per_s is None else decode / row.decode_tokens_per_s - 1,
    )


def _profile(row: Published) -> Profile:
    profile = profiles.load(row.profile)
    bandwidth = {each.name: each.memory_bandwidth_gb_s for each in profile.variants}
    return replace(profile, memory_bandwidth_gb_s=bandwidth[row.variant]) if row.variant else profile

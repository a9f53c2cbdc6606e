"""Compute the time of a question on other devices from the speeds that their profiles predict.

This is arithmetic, not a measurement: prompt tokens by prefill speed, written tokens by decode speed, and what the
program itself took on the device that measured. The assumptions are kept beside each figure.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from ...device import profiles
from ...records import Record
from ..scenarios.target import TARGET_MS, TIERS
from .sample import Sample

CLASSES = ("phone", "board")
"""Device classes for which a time is computed: those whose tier is rarely the one that measures."""


class Computed(Record):
    """The computed time of a one-note question on a device of one profile."""

    label: str
    profile: str
    device_class: str
    new_tokens: float
    """Median of the prompt tokens that had to be computed here."""
    written_tokens: float
    """Median of the tokens written here."""
    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    prompt_ms: float
    writing_ms: float
    own_ms: float
    """Median time outside the model here; assumed to be the same there."""
    total_ms: float
    limit_ms: float
    unconfirmed: tuple[str, ...]
    """Fields of the profile that the speeds rest on and that nobody has confirmed."""

    @property
    def outcome(self) -> str:
        """Return in words whether the limit would be met."""
        return "would be met" if self.total_ms < self.limit_ms else "would be missed"


def compute(label: str, samples: Sequence[Sample], model_bytes: int, parameters: int) -> tuple[Computed, ...]:
    """Return the computed time for every profile of a phone or board, the fastest first.

    ``samples``: answered questions of a warm process. Empty without samples.
    """
    if not samples:
        return ()
    new = statistics.median(sample.new_tokens for sample in samples)
    written = statistics.median(sample.said.tokens.completion for sample in samples)
    own_ms = statistics.median(
        max(0.0, sample.wall_ms - sample.said.timings_ms.llm - sample.said.timings_ms.load) for sample in samples
    )
    found = []
    for profile in map(profiles.load, profiles.names()):
        if profile.device_class in CLASSES:
            speeds = profiles.predict(profile, model_bytes, parameters)
            prompt_ms = 1e3 * new / speeds.prefill_tokens_per_s
            writing_ms = 1e3 * written / speeds.decode_tokens_per_s
            found.append(
                Computed(
                    label=label,
                    profile=profile.name,
                    device_class=profile.device_class,
                    new_tokens=new,
                    written_tokens=written,
                    prefill_tokens_per_s=speeds.prefill_tokens_per_s,
                    decode_tokens_per_s=speeds.decode_tokens_per_s,
                    prompt_ms=prompt_ms,
                    writing_ms=writing_ms,
                    own_ms=own_ms,
                    total_ms=prompt_ms + writing_ms + own_ms,
                    limit_ms=TARGET_MS[TIERS[profile.device_class]],
                    unconfirmed=tuple(
                        name
                        for name in ("memory_bandwidth_gb_s", "decode_efficiency", "prefill_ratio")
                        if name in profile.unsourced
                    ),
                )
            )
    return tuple(sorted(found, key=lambda each: each.total_ms))

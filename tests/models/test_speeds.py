from __future__ import annotations

import msgspec
import pytest

from sanderling.device import profiles
from sanderling.models import registry
from sanderling.models.speeds import predicted_speeds


def test_a_mixture_of_experts_is_as_fast_as_its_active_weights() -> None:
    entry, profile = registry.get("lfm2.5-8b-a1b"), profiles.load(profiles.FALLBACK)
    size = entry.files_of("Q4_0")[0].size_bytes
    found = predicted_speeds(profile, entry, size, "Q4_0", measured=False)
    dense = predicted_speeds(profile, msgspec.structs.replace(entry, active_parameters=0), size, "Q4_0", measured=False)
    assert found.decode_tokens_per_s / dense.decode_tokens_per_s == pytest.approx(1 / entry.active_share, rel=1e-6)
    assert found.prefill_tokens_per_s / dense.prefill_tokens_per_s == pytest.approx(1 / entry.active_share, rel=1e-6)
    assert 0.15 < entry.active_share < 0.25

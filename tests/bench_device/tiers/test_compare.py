from __future__ import annotations

import pytest

from sanderling.bench_device.tiers import compare
from sanderling.bench_device.tiers.compare import Asked
from sanderling.config import Config
from sanderling.errors import UsageError
from sanderling.privacy import PrivacySettings
from sanderling.tier import Tier, TierModel

EDGE = Tier(name="edge", base_url="http://127.0.0.1:9/v1", models=(TierModel(id="m"),), trust="own")


def asked(way: str, model_id: str, sent: int, f1: float, error: str = "") -> Asked:
    return Asked(
        question_id="q", way=way, model_id=model_id, wall_ms=10.0, f1=f1, contains=f1, left_device=sent > 0,
        sent_bytes=sent, error=error,
    )  # fmt: skip


def test_a_way_is_the_mean_of_its_questions() -> None:
    way = compare._way(
        "own", [asked("own", "edge/m", 300, 1.0), asked("own", "small", 0, 0.0), asked("own", "", 0, 0.0, "X")]
    )
    assert (way.n, way.left_share, way.sent_bytes, way.failed) == (3, pytest.approx(1 / 3), 100.0, 1)
    assert way.models == {"edge/m": 1, "small": 1}
    assert way.f1 == pytest.approx(1 / 3)


def test_without_a_tier_there_is_nothing_to_compare(monkeypatch) -> None:
    monkeypatch.setattr(compare.configured, "load", Config)
    with pytest.raises(UsageError, match="add a"):
        compare.tiered_config("own")
    kept = PrivacySettings(limit="local", never_leave=("health",))
    monkeypatch.setattr(
        compare.configured, "load", lambda: Config(tier=(EDGE,), privacy=kept, ladder="x", always_largest=True)
    )
    found = compare.tiered_config("own")
    assert (found.tier, found.privacy.limit, found.privacy.never_leave) == ((EDGE,), "own", ("health",))
    assert found.always_largest, "so that questions leave however slow a busy machine takes the tier to be"
    assert found.ladder == Config().ladder, "other settings are the defaults"

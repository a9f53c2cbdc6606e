from __future__ import annotations

import pytest

from sanderling.bench_device.judge.permission import permission
from sanderling.config import Config
from sanderling.errors import SanderlingError, UsageError
from sanderling.privacy import PrivacySettings
from sanderling.tier import Tier, TierModel

OWN = Tier(name="box", base_url="http://box.lan:8000/v1", models=(TierModel(id="m"),), trust="own")


@pytest.mark.parametrize(
    "url", ["http://localhost:1/v1", "http://127.0.0.1:1", "http://[::1]:1/v1", "http://127.8.8.8/v1"]
)
def test_this_device_needs_no_permission(url: str) -> None:
    config = Config(privacy=PrivacySettings(limit="local"))
    permit, trust = permission(url, "local", config)
    assert (permit.host in url, trust) == (True, "")


@pytest.mark.parametrize(
    ("url", "privacy", "settings", "allowed"),
    [
        ("https://judge.example/v1", None, PrivacySettings(), False),
        ("https://judge.example/v1", "own", PrivacySettings(), False),
        ("https://judge.example/v1", "any", PrivacySettings(), True),
        ("https://judge.example/v1", "any", PrivacySettings(limit="own"), False),
        ("https://judge.example/v1", None, PrivacySettings(default="any"), True),
        ("http://box.lan:8000/v1", None, PrivacySettings(), False),
        ("http://box.lan:8000/v1", "own", PrivacySettings(), True),
        ("http://box.lan:9000/v1", "own", PrivacySettings(), False),
        ("http://localhost.example/v1", "own", PrivacySettings(), False),
        ("http://127.0.0.1.example/v1", "own", PrivacySettings(), False),
    ],
)
def test_another_machine_does(url, privacy, settings, allowed: bool) -> None:
    config = Config(privacy=settings, tier=(OWN,))
    if allowed:
        permit, trust = permission(url, privacy, config)
        assert (permit.host in url, trust) == (True, "own" if "box" in url else "third")
    else:
        with pytest.raises(UsageError, match="--privacy"):
            permission(url, privacy, config)


def test_what_is_no_address_is_refused() -> None:
    with pytest.raises(SanderlingError, match="address"):
        permission("http://", "any", Config())

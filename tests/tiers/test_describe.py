from __future__ import annotations

from msgspec.structs import replace

from sanderling.config import Config
from sanderling.tier import Tier, TierModel
from sanderling.tiers.describe import describe


def test_what_others_could_read_on_the_way_is_said(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    plain = Tier(name="edge", base_url="http://edge.lan/v1", models=(TierModel(id="m"),), proxy="http://proxy.lan:3128")

    def notes(tier: Tier) -> list[str]:
        return describe(Config(tier=(tier,)))[0]

    assert notes(plain) == ["the proxy proxy.lan:3128 reads what is sent to edge: use https"]
    assert notes(replace(plain, base_url="https://edge.lan/v1")) == []
    assert "not encrypted" in notes(replace(plain, proxy=""))[0]

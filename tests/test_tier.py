from __future__ import annotations

import pytest

from sanderling import config
from sanderling.errors import UsageError

GOOD = """[[tier]]
name = "edge"
base_url = "http://edge.lan:8000/v1"
models = [{ id = "a/LFM2-2.6B", as = "lfm2-2.6b" }]
"""


def loaded(tmp_path, monkeypatch, text: str) -> config.Config:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text(text)
    return config.load()


def test_a_tier_is_somebody_elses_unless_it_says_otherwise(tmp_path, monkeypatch) -> None:
    (tier,) = loaded(tmp_path, monkeypatch, GOOD).tier
    assert (tier.trust, tier.cost_per_mtok, tier.key) == ("third", (0.0, 0.0), "")
    assert tier.id_of(tier.models[0]) == "edge/lfm2-2.6b"
    (plain,) = loaded(tmp_path, monkeypatch, GOOD.replace(', as = "lfm2-2.6b"', "")).tier
    assert plain.id_of(plain.models[0]) == "edge/LFM2-2.6B"


@pytest.mark.parametrize(
    "line",
    [
        'trust = "mine"',
        'api_key = "sk-secret"',
        "max_concurrent = 0",
        "connect_timeout_s = -1.0",
        "cost_per_mtok = [1.0, -1.0]",
        "stall_timeout_s = 1e9",
        *(f'base_url = "{url}"' for url in ("edge.lan", "file:///x", "http://u:p@edge/v1", "http://edge/v1?key=1")),
        *(f'name = "{name}"' for name in ("", "local", "a/b", "a b", "../x")),
        "models = []",
        *(f'proxy = "{url}"' for url in ("proxy.lan:3128", "socks5://p:1080", "http://u:p@p:3128", "http://p:3128/x")),
        'trust = "own"\nproxy = "http://proxy.lan:3128"',
        *(f'health = "{path}"' for path in ("health", "http://edge.lan/health", "@other.lan/")),
        'models = [{ id = "" }]',
        'models = [{ id = "a" }, { id = "b/a" }]',
        'models = [{ id = "a", parameters = -1.0 }]',
    ],
)
def test_a_mistake_is_an_error_with_the_file(tmp_path, monkeypatch, line: str) -> None:
    key = line.partition(" ")[0]
    kept = "\n".join(each for each in GOOD.splitlines() if not each.startswith(f"{key} "))
    with pytest.raises(UsageError, match=r"config\.toml"):
        loaded(tmp_path, monkeypatch, f"{kept}\n{line}\n")


def test_two_tiers_of_one_name_are_refused(tmp_path, monkeypatch) -> None:
    with pytest.raises(UsageError, match="two tiers called edge"):
        loaded(tmp_path, monkeypatch, GOOD + GOOD)

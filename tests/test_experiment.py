"""Arms of a live comparison: who is in which, and settings that are refused."""

from __future__ import annotations

import msgspec
import pytest

from sanderling import config
from sanderling.errors import UsageError
from sanderling.experiment import Arm, Experiment

B = Arm(router="shipped")


def test_the_share_is_met_and_an_arm_stays() -> None:
    experiment = Experiment(share=0.3, b=B)
    drawn = [experiment.arm_of("user", f"question {number}") for number in range(4000)]
    # Four standard deviations of a share of .3 over 4,000: 4 * sqrt(.21 / 4,000).
    assert drawn.count("b") / 4000 == pytest.approx(0.3, abs=0.029)
    assert drawn == [experiment.arm_of("user", f"question {number}") for number in range(4000)]


def test_another_name_draws_anew() -> None:
    one, other = Experiment(name="one", b=B), Experiment(name="other", b=B)
    questions = [f"question {number}" for number in range(200)]
    assert [one.arm_of("u", each) for each in questions] != [other.arm_of("u", each) for each in questions]


def test_by_user_all_of_one_user_are_in_one_arm() -> None:
    experiment = Experiment(by="user", b=B)
    arms = {user: {experiment.arm_of(user, str(number)) for number in range(20)} for user in map(str, range(40))}
    assert {len(each) for each in arms.values()} == {1}
    assert set.union(*arms.values()) == {"a", "b"}


def test_none_and_all_are_shares() -> None:
    assert {Experiment(share=0.0, b=B).arm_of("u", str(n)) for n in range(50)} == {"a"}
    assert {Experiment(share=1.0, b=B).arm_of("u", str(n)) for n in range(50)} == {"b"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[ab]\nshare = 2\n[ab.b]\nrouter = "rule"', "share = 2"),
        ('[ab]\nshare = nan\n[ab.b]\nrouter = "rule"', "share = nan"),
        ("[ab]\nshare = 0.5", "both arms are alike"),
        ('[ab]\nname = "a/b"\n[ab.b]\nrouter = "rule"', "without /"),
        ("[ab.b]\nexplore = 7", "explore = 7"),
        ('[ab.b]\nladder = "lfm2"', "ladder"),
        ('[ab]\nby = "day"\n[ab.b]\nrouter = "rule"', "day"),
    ],
)
def test_settings_that_cannot_be_are_one_line(tmp_path, monkeypatch, lines: str, said: str) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    (config.made_home() / "config.toml").write_text(lines + "\n")
    with pytest.raises(UsageError) as refused:
        config.load()
    assert said in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1


def test_a_comparison_is_read(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path / "home"))
    (config.made_home() / "config.toml").write_text('[ab]\nname = "spring"\n[ab.b]\nrouter = "shipped"\n')
    assert config.load().ab == Experiment(name="spring", b=B)
    assert msgspec.json.decode(msgspec.json.encode(config.load()), type=config.Config).ab == config.load().ab

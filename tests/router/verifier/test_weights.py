from __future__ import annotations

from pathlib import Path

import pytest

from sanderling import config
from sanderling.errors import UsageError
from sanderling.router.verifier import weights
from sanderling.router.verifier.gains import Gains
from sanderling.router.verifier.unfitted import Unfitted

MINE = weights.Fitted(verifier=Unfitted(a=1.0, b=0.0, c=0.0, not_sure_below=0.2), questions=40)


def test_the_shipped_verifier_can_be_read_and_its_threshold_is_one() -> None:
    fitted = weights.shipped()
    assert 0.0 < fitted.verifier.not_sure_below < 1.0
    assert fitted.answers > 40
    assert all(-1.0 <= gain.at_one <= 1.0 and gain.questions >= 25 for gain in fitted.gains)
    assert Gains(fitted.gains)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    weights.write(tmp_path / "v.json", MINE)
    assert weights.read(tmp_path / "v.json") == MINE


def test_the_verifier_of_this_device_is_used_and_a_damaged_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(config, "home", lambda: tmp_path)
    assert weights.active() == weights.shipped()
    (tmp_path / "router").mkdir()
    weights.write(tmp_path / "router" / weights.INSTALLED, MINE)
    assert weights.active() == MINE
    (tmp_path / "router" / weights.INSTALLED).write_text("{")
    assert weights.active() == weights.shipped()
    assert "the verifier of the package is used" in caplog.text


def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        weights.read(tmp_path / "absent.json")
    (tmp_path / "v.json").write_text("{}")
    with pytest.raises(UsageError, match="is no verifier"):
        weights.read(tmp_path / "v.json")

from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.device.load import Load
from sanderling.tune.idle import busy_with


class Meter:
    def __init__(self, **load) -> None:
        self._load = Load(cpus=4, window_s=3.0, **load)

    def read(self, *, instant: bool = False) -> Load:
        return self._load


def supplies(root: Path, status: str, mains: int) -> None:
    for name, fields in (
        ("BAT0", {"type": "Battery", "capacity": "80", "status": status}),
        ("AC", {"type": "Mains", "online": str(mains)}),
    ):
        folder = root / "sys/class/power_supply" / name
        folder.mkdir(parents=True)
        for field, value in fields.items():
            (folder / field).write_text(value)


def reason(root: Path, **load) -> str:
    return busy_with(root, Meter(**load), sleep=lambda seconds: None)


@pytest.mark.parametrize(
    ("load", "busy"),
    [({}, False), ({"used": 0.9}, False), ({"used": 1.1}, True), ({"waited": 2.0}, True), ({"waited": 0.1}, False)],
)
def test_a_quarter_of_the_cpus_may_be_used(load, busy: bool, tmp_path: Path) -> None:
    assert bool(reason(tmp_path, **load)) == busy


def test_a_battery_is_not_used_up(tmp_path: Path) -> None:
    supplies(tmp_path, "Discharging", 0)
    assert reason(tmp_path, used=0.0) == "it runs on its battery"


def test_a_battery_that_is_plugged_in_does(tmp_path: Path) -> None:
    supplies(tmp_path, "Charging", 1)
    assert reason(tmp_path, used=0.0) == ""

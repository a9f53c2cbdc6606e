"""Heat and charge from a folder that stands for /sys."""

from __future__ import annotations

from pathlib import Path

from sanderling.device.strain import FRESH_S, UNKNOWN, Gauge, read_strain


def put(root: Path, name: str, text: str) -> None:
    path = root / "sys/class" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def zone(root: Path, number: int, kind: str, celsius: float, *limits: tuple[str, float]) -> None:
    folder = f"thermal/thermal_zone{number}"
    put(root, f"{folder}/type", kind)
    put(root, f"{folder}/temp", str(int(celsius * 1000)))
    for at, (type, limit) in enumerate(limits):
        put(root, f"{folder}/trip_point_{at}_type", type)
        put(root, f"{folder}/trip_point_{at}_temp", str(int(limit * 1000)))


def test_headroom_is_that_of_the_cpu_zone_nearest_to_its_limit(tmp_path: Path) -> None:
    zone(tmp_path, 0, "cpu-thermal", 60, ("active", 55), ("passive", 80), ("critical", 110))
    zone(tmp_path, 1, "soc", 70, ("hot", 85))
    zone(tmp_path, 2, "battery", 44, ("passive", 45))
    assert read_strain(tmp_path).headroom_k == 15


def test_charge_is_a_share_and_whole_on_mains(tmp_path: Path) -> None:
    for name, text in {"type": "Battery", "capacity": "40", "status": "Discharging"}.items():
        put(tmp_path, f"power_supply/BAT0/{name}", text)
    assert read_strain(tmp_path).battery == 0.4
    put(tmp_path, "power_supply/BAT0/status", "Charging")
    assert read_strain(tmp_path).battery == 1.0


def test_nothing_to_read_is_unknown(tmp_path: Path) -> None:
    assert read_strain(tmp_path) == UNKNOWN


def test_a_gauge_reads_again_only_when_its_reading_is_old(tmp_path: Path, monkeypatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("sanderling.device.strain.time.monotonic", lambda: clock[0])
    gauge = Gauge(tmp_path)
    assert gauge.now() == UNKNOWN
    zone(tmp_path, 0, "cpu", 50, ("passive", 80))
    assert gauge.now() == UNKNOWN
    clock[0] = FRESH_S
    assert gauge.now().headroom_k == 30

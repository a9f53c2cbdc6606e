"""Sensors read from folders that look like /proc and /sys, and once from this machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from bench_runs import reading

from sanderling.bench_device.sensors import Watch, energy, heat, system


def write(root: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


def zone(number: int, kind: str, temp: int, *trips: tuple[str, int]) -> dict[str, object]:
    folder = f"sys/class/thermal/thermal_zone{number}"
    files: dict[str, object] = {f"{folder}/type": kind, f"{folder}/temp": temp}
    for i, (trip, limit) in enumerate(trips):
        files |= {f"{folder}/trip_point_{i}_type": trip, f"{folder}/trip_point_{i}_temp": limit}
    return files


def test_nothing_is_there(tmp_path: Path) -> None:
    assert heat.temperature_c(tmp_path) is None
    assert heat.clock_mhz(tmp_path, (0,)) is None
    assert heat.throttle_events(tmp_path, (0,)) is None
    assert heat.throttled_by(tmp_path) == ()
    assert energy.counters(tmp_path) == ({}, {})
    assert energy.power_w(tmp_path) == {}
    assert system.swapped_in_pages(tmp_path) is None
    assert system.memory(tmp_path, None) == (None, None)


def test_the_hottest_cpu(tmp_path: Path) -> None:
    write(tmp_path, zone(0, "cpu-thermal", 61_000) | zone(1, "soc-thermal", 64_500))
    write(tmp_path, zone(2, "battery", 90_000) | zone(3, "cpu-1", -274_000))
    assert heat.temperature_c(tmp_path) == 64.5


def test_a_zone_is_held_against_its_own_limit(tmp_path: Path) -> None:
    fan, passive, critical = ("active", 50_000), ("passive", 80_000), ("critical", 110_000)
    write(tmp_path, zone(0, "cpu-thermal", 79_000, fan, critical, passive) | zone(1, "soc-thermal", 85_000))
    write(tmp_path, zone(2, "battery", 90_000, ("passive", 45_000)) | zone(3, "cpu-1", 60_000, ("passive", 0)))
    assert heat.throttled_by(tmp_path) == ()
    write(tmp_path, zone(0, "cpu-thermal", 80_000))
    assert heat.throttled_by(tmp_path) == ("cpu-thermal at its limit of 80 °C",)


def test_the_fastest_clock_and_all_events(tmp_path: Path) -> None:
    cpu = "sys/devices/system/cpu/cpu"
    write(tmp_path, {f"{cpu}0/cpufreq/scaling_cur_freq": 600_000, f"{cpu}1/cpufreq/scaling_cur_freq": 2_400_000})
    write(tmp_path, {f"{cpu}{i}/thermal_throttle/core_throttle_count": i for i in (1, 2)})
    assert heat.clock_mhz(tmp_path, (0, 1, 2)) == 2400.0
    assert heat.clock_mhz(tmp_path, (0,)) == 600.0
    assert heat.throttle_events(tmp_path, (0, 1, 2)) == 3


def test_who_throttles(tmp_path: Path) -> None:
    thermal = "sys/class/thermal/cooling_device"
    write(tmp_path, {f"{thermal}0/type": "cpufreq-cpu0", f"{thermal}0/cur_state": 2})
    write(tmp_path, {f"{thermal}1/type": "pwm-fan", f"{thermal}1/cur_state": 3})
    write(tmp_path, {f"{thermal}2/type": "Processor", f"{thermal}2/cur_state": 0})
    # Throttled now (bit 2), and under-voltage at some time since boot (bit 16), which is no concern of this row.
    write(tmp_path, {"sys/devices/platform/soc/soc:firmware/get_throttled": "10004"})
    assert heat.throttled_by(tmp_path) == ("cooling device cpufreq-cpu0 at 2", "throttled by firmware")


def test_rapl_packages_without_their_parts(tmp_path: Path) -> None:
    for name, label in (("intel-rapl:0", "package-0"), ("intel-rapl:0:0", "core")):
        folder = f"sys/class/powercap/{name}"
        files = {"name": label, "energy_uj": 5_000_000, "max_energy_range_uj": 262_143_000_000}
        write(tmp_path, {f"{folder}/{file}": value for file, value in files.items()})
    assert energy.counters(tmp_path) == ({"intel-rapl:0 (package-0)": 5.0}, {"intel-rapl:0 (package-0)": 262_143.0})


def test_batteries_only_while_they_are_drained(tmp_path: Path) -> None:
    folder = "sys/class/power_supply/BAT0"
    files = {"type": "Battery", "status": "Charging", "current_now": -1_500_000, "voltage_now": 4_000_000}
    write(tmp_path, {f"{folder}/{name}": value for name, value in files.items()})
    assert energy.power_w(tmp_path) == {}
    write(tmp_path, {f"{folder}/status": "Discharging"})
    assert energy.power_w(tmp_path) == {"battery BAT0": pytest.approx(6.0)}


def test_ina_monitors_by_label(tmp_path: Path) -> None:
    folder = "sys/class/hwmon/hwmon1"
    write(tmp_path, {f"{folder}/name": "ina3221", f"{folder}/in1_label": "VDD_IN"})
    write(tmp_path, {f"{folder}/curr1_input": 1000, f"{folder}/in1_input": 5000})  # mA, mV
    write(tmp_path, {f"{folder}/power2_input": 2_500_000})  # µW
    write(tmp_path, {"sys/class/hwmon/hwmon2/name": "nvme", "sys/class/hwmon/hwmon2/power1_input": 1})
    assert energy.power_w(tmp_path) == {"ina3221 VDD_IN": pytest.approx(5.0), "ina3221 channel 2": pytest.approx(2.5)}


def test_energy_between_readings() -> None:
    counted = {"energy_range_j": {"rapl": 100.0}}
    first = reading(0.0, energy_j={"rapl": 90.0}, power_w={"ina": 4.0, "lost": 1.0}, **counted)
    between = reading(1.0, power_w={"ina": 6.0})
    last = reading(3.0, energy_j={"rapl": 20.0}, power_w={"ina": 6.0}, **counted)
    found = {each.sensor: (each.joules, each.watts) for each in energy.used((first, between, last))}
    # The counter began again once: 10 up to its end and 20 after; (4 + 6) / 2 for a second and 6 for two.
    assert found == {"rapl": (pytest.approx(30.0), pytest.approx(10.0)), "ina": (17.0, pytest.approx(17 / 3))}
    assert energy.used((first, first)) == ()


def test_the_worker_in_proc(tmp_path: Path) -> None:
    # The name holds what would break a split at blanks.
    stat = "42 (a) b (c) S 1 1 1 0 -1 4194560 100 0 33 0 5 6 0 0 20 0 1 0 9 1 1"
    write(tmp_path, {"proc/42/stat": stat, "proc/42/status": "VmHWM:\t2048 kB\nVmSwap:\t4 kB"})
    write(tmp_path, {"proc/vmstat": "pgpgin 1\npswpin 12\npswpout 3"})
    assert system.major_faults(tmp_path, 42) == 33
    assert system.memory(tmp_path, 42) == (2048 * 1024, 4096)
    assert system.swapped_in_pages(tmp_path) == 12


def test_a_watch_of_this_process() -> None:
    with Watch(os.getpid()) as watch:
        sum(range(100_000))
    first, *_, last = watch.readings
    assert last.at_s > first.at_s and last.own_s >= first.own_s
    assert last.cpus >= 1
    assert last.peak_rss_bytes > 1 << 20
    assert system.major_faults(Path("/"), os.getpid()) >= 0

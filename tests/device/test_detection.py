from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.device import Device, profiles
from sanderling.device.apple import read_apple
from sanderling.device.linux import read_linux


def matching(this: Device) -> list[str]:
    return [name for name in profiles.names() if any(rule.matches(this) for rule in profiles.load(name).match)]


@pytest.mark.parametrize(
    "name, profile, threads",
    [
        ("raspberry_pi_5", "raspberry_pi_5", (4, 4)),
        ("rk3588", "rk3588", (4, 4)),
        ("snapdragon_8_gen_3", "snapdragon_8_gen_3", (4, 6)),
        ("x86_hybrid", "x86_laptop", (2, 2)),
        ("apple_m2", "apple_m2", (4, 4)),
    ],
)
def test_each_fake_device_finds_its_own_profile(request, name: str, profile: str, threads: tuple[int, int]) -> None:
    this = request.getfixturevalue(name)
    found = profiles.detect(this)
    assert matching(this) == [profile]
    assert found.profile.name == profile
    assert (found.profile.threads_decode, found.profile.threads_prefill) == threads
    assert found.profile.device_class != "auto"
    assert found.why.startswith(f"{profile}: ")
    assert "\n" not in found.why


def bare(**facts: object) -> Device:
    return Device(**{"os": "linux", "arch": "aarch64", **facts})


@pytest.mark.parametrize(
    "this, profile",
    [
        (bare(machine="Raspberry Pi 4 Model B Rev 1.4"), "raspberry_pi_4"),
        (bare(compatible=("raspberrypi,4-compute-module", "brcm,bcm2711")), "raspberry_pi_4"),
        (bare(machine="Raspberry Pi 500 Rev 1.0"), "raspberry_pi_5"),
        (bare(machine="RK3588 OPi 5 Max"), "rk3588"),
        (bare(compatible=("nvidia,p3768-0000+p3767-0005", "nvidia,p3767-0005", "nvidia,tegra234")), "jetson_orin_nano"),
        (bare(machine="NVIDIA Orin Nano Developer Kit"), "jetson_orin_nano"),
        (bare(os="android", soc="SM8550"), "snapdragon_8_gen_2"),
        (bare(os="android", soc="SM8650-AC"), "snapdragon_8_gen_3"),
        (bare(os="android", cpu_parts={"0x51:0x001": 8}), "snapdragon_8_elite"),
        (bare(cpu_parts={"0x51:0x001": 12}), "snapdragon_x_elite"),
        (bare(compatible=("lenovo,thinkpad-t14s", "qcom,x1e78100", "qcom,x1e80100")), "snapdragon_x_elite"),
        (bare(os="darwin", cpu_name="Apple M1"), "apple_m1"),
        (bare(os="darwin", cpu_name="Apple M3 Max"), "apple_m3"),
        (bare(os="darwin", cpu_name="Apple M4 Pro"), "apple_m4"),
        (bare(os="darwin", cpu_name="Apple M5"), "apple_m5"),
        (bare(os="android", soc="s5e9945"), "exynos_2400"),
        (bare(os="android", cpu_parts={"0x41:0xd80": 4, "0x41:0xd81": 5, "0x41:0xd82": 1}), "exynos_2400"),
        (bare(os="android", soc="Tensor G4"), "tensor_g4"),
        (bare(os="android", cpu_parts={"0x41:0xd80": 4, "0x41:0xd81": 3, "0x41:0xd82": 1}), "tensor_g4"),
        (bare(arch="x86_64", cpu_name="Intel(R) N100"), "intel_n100"),
        (bare(arch="x86_64", cpu_name="AMD Ryzen AI 9 HX 370 w/ Radeon 890M"), "strix_point"),
        (bare(arch="x86_64", cpu_name="AMD Ryzen AI 9 365 w/ Radeon 880M"), "strix_point"),
        (bare(arch="x86_64", cpu_name="13th Gen Intel(R) Core(TM) i9-13900HX"), "x86_laptop"),
        (bare(arch="x86_64"), "x86_laptop"),
    ],
)
def test_one_fact_is_enough_and_only_one_profile_takes_it(this: Device, profile: str) -> None:
    assert matching(this) == [profile]


@pytest.mark.parametrize(
    "this",
    [
        bare(machine="Raspberry Pi 3 Model B Plus Rev 1.3", compatible=("brcm,bcm2837",)),
        bare(compatible=("nvidia,p3768-0000+p3767-0000", "nvidia,tegra234")),  # Orin NX
        bare(os="android", soc="SM8850", cpu_parts={"0x51:0x002": 8}),  # 8 Elite Gen 5
        bare(os="android", cpu_parts={"0x41:0xd46": 4, "0x41:0xd47": 3, "0x41:0xd48": 1}),  # Exynos 2200
        bare(os="android", soc="Tensor G5"),
        bare(cpu_parts={"0x51:0x001": 8}),  # Snapdragon X
        bare(os="darwin", cpu_name="Apple M10"),
    ],
)
def test_a_relative_is_not_the_device(this: Device) -> None:
    found = profiles.detect(this)
    assert matching(this) == []
    assert found.profile.name == "generic"
    assert found.why.startswith("generic: no profile knows ")


def test_generic_takes_class_and_threads_from_the_device(tmp_path: Path) -> None:
    phone = read_linux(tmp_path, os_name="android", arch="armv8l")
    assert profiles.detect(phone).profile.device_class == "phone"
    mac = read_apple({"hw.physicalcpu": "4"}.get, arch="x86_64")
    assert profiles.choose("generic", mac).profile.threads_decode == 4


def test_a_named_profile_is_bounded_by_the_device_it_runs_on(raspberry_pi_5: Device) -> None:
    found = profiles.choose("snapdragon_x_elite", raspberry_pi_5)
    assert (found.profile.threads_decode, found.profile.threads_prefill) == (4, 4)
    assert found.why == "snapdragon_x_elite: chosen by the caller"


def test_only_mixed_chips_are_pinned(rk3588: Device, tmp_path: Path) -> None:
    assert profiles.detect(rk3588).pinned_cpus == (4, 5, 6, 7)
    assert profiles.choose("raspberry_pi_5", rk3588).pinned_cpus == ()

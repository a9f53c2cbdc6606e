"""Fake devices: small /proc and /sys trees and a fake sysctl, made from what real ones print.

cpuinfo texts follow the dumps in hrw/arm-socs-table (issues 96 and 98); the rest is written after the kernel's docs.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sanderling.device import Device
from sanderling.device.apple import parse_sysctl, read_apple
from sanderling.device.linux import read_linux

A76 = "fp asimd evtstrm aes pmull sha1 sha2 crc32 atomics fphp asimdhp cpuid asimdrdm lrcpc dcpop asimddp"
ARMV9 = A76 + " sha512 asimdfhm flagm ssbs sb paca pacg dcpodp flagm2 frint i8mm bf16 dgh bti ecv afp"

Write = Callable[[str, str], None]


def arm_cpuinfo(parts: list[str], features: str, tail: str = "") -> str:
    """The text of /proc/cpuinfo for cores given as ``implementer:part``."""
    blocks = []
    for number, part in enumerate(parts):
        implementer, core = part.split(":")
        blocks.append(
            f"processor\t: {number}\nBogoMIPS\t: 108.00\nFeatures\t: {features}\nCPU implementer\t: {implementer}\n"
            f"CPU architecture: 8\nCPU variant\t: 0x4\nCPU part\t: {core}\nCPU revision\t: 1\n"
        )
    return "\n".join(blocks) + "\n" + tail


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def _write(name: str, text: str) -> None:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return _write


@pytest.fixture
def raspberry_pi_5(tmp_path: Path, write: Write) -> Device:
    tail = "Hardware\t: BCM2835\nRevision\t: d04170\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n"
    write("proc/cpuinfo", arm_cpuinfo(["0x41:0xd0b"] * 4, A76, tail))
    write("proc/meminfo", "MemTotal:        8245632 kB\nMemAvailable:    7001234 kB\nSwapTotal:        204784 kB\n")
    write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    write("proc/device-tree/compatible", "raspberrypi,5-model-b\0brcm,bcm2712\0")
    write("sys/devices/system/cpu/online", "0-3\n")
    write("sys/devices/system/cpu/cpufreq/policy0/scaling_governor", "ondemand\n")
    for cpu in range(4):
        write(f"sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq", "2400000\n")
        write(f"sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list", f"{cpu}\n")
    write("sys/class/thermal/thermal_zone0/type", "cpu-thermal\n")
    write("sys/class/thermal/thermal_zone0/temp", "51250\n")
    return read_linux(tmp_path, arch="aarch64")


@pytest.fixture
def rk3588(tmp_path: Path, write: Write) -> Device:
    write("proc/cpuinfo", arm_cpuinfo(["0x41:0xd05"] * 4 + ["0x41:0xd0b"] * 4, A76))
    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 15000000 kB\nSwapTotal: 0 kB\n")
    write("proc/device-tree/model", "Orange Pi 5\0")
    write("proc/device-tree/compatible", "xunlong,orangepi-5\0rockchip,rk3588s\0")
    write("sys/devices/system/cpu/online", "0-7\n")
    # The two A76 pairs differ a little, by the grade of the chip.
    for cpu, khz in enumerate([1800000] * 4 + [2352000] * 2 + [2304000] * 2):
        write(f"sys/devices/system/cpu/cpu{cpu}/cpufreq/cpuinfo_max_freq", f"{khz}\n")
    return read_linux(tmp_path, arch="aarch64")


@pytest.fixture
def snapdragon_8_gen_3(tmp_path: Path, write: Write) -> Device:
    """Under Termux: no /sys, no properties, only /proc/cpuinfo and /proc/meminfo."""
    write("proc/cpuinfo", arm_cpuinfo(["0x41:0xd80"] * 2 + ["0x41:0xd81"] * 5 + ["0x41:0xd82"], ARMV9))
    write("proc/meminfo", "MemTotal: 11500000 kB\nMemAvailable: 4200000 kB\nSwapTotal: 8388604 kB\n")
    return read_linux(tmp_path, os_name="android", arch="aarch64", getprop=lambda _name: None)


@pytest.fixture
def x86_hybrid(tmp_path: Path, write: Write) -> Device:
    """Two P-cores with two threads each, four E-cores, a battery."""
    blocks = [
        f"processor\t: {cpu}\nvendor_id\t: GenuineIntel\nmodel name\t: 12th Gen Intel(R) Core(TM)\n"
        f"physical id\t: 0\ncore id\t\t: {core}\nflags\t\t: fpu sse2 avx avx2 fma f16c avx_vnni\n"
        for cpu, core in enumerate([0, 0, 4, 4, 8, 9, 10, 11])
    ]
    write("proc/cpuinfo", "\n".join(blocks))
    write("proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 9000000 kB\nSwapTotal: 2000000 kB\n")
    write("sys/devices/system/cpu/online", "0-7\n")
    write("sys/devices/cpu_core/cpus", "0-3\n")
    write("sys/devices/cpu_atom/cpus", "4-7\n")
    for cpu, siblings in enumerate(["0-1", "0-1", "2-3", "2-3", "4", "5", "6", "7"]):
        write(f"sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list", f"{siblings}\n")
    write("sys/devices/virtual/dmi/id/product_name", "Some Laptop 14\n")
    write("sys/class/power_supply/AC/type", "Mains\n")
    write("sys/class/power_supply/AC/online", "1\n")
    write("sys/class/power_supply/BAT0/type", "Battery\n")
    write("sys/class/power_supply/BAT0/capacity", "80\n")
    write("sys/class/power_supply/BAT0/status", "Not charging\n")
    return read_linux(tmp_path, arch="x86_64")


@pytest.fixture
def apple_m2() -> Device:
    sysctl = parse_sysctl(
        "hw.model: Mac14,2\nhw.memsize: 17179869184\nhw.physicalcpu: 8\nhw.logicalcpu: 8\nhw.nperflevels: 2\n"
        "hw.perflevel0.physicalcpu: 4\nhw.perflevel0.name: Performance\n"
        "hw.perflevel1.physicalcpu: 4\nhw.perflevel1.name: Efficiency\n"
        "hw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_DotProd: 1\nhw.optional.arm.FEAT_I8MM: 1\n"
        "hw.optional.arm.FEAT_SME: 0\nmachdep.cpu.brand_string: Apple M2\n"
    )
    return read_apple(sysctl.get, arch="arm64", ram_available_bytes=6_000_000_000)

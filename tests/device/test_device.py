from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling import device
from sanderling.device import Battery, Device
from sanderling.device.apple import read_apple
from sanderling.device.cpuinfo import parse
from sanderling.device.files import cpu_list, read_int, read_text
from sanderling.device.linux import read_linux
from sanderling.device.machine import machine_block


def test_raspberry_pi_5(raspberry_pi_5: Device) -> None:
    assert raspberry_pi_5.machine == "Raspberry Pi 5 Model B Rev 1.0"
    assert raspberry_pi_5.compatible == ("raspberrypi,5-model-b", "brcm,bcm2712")
    assert raspberry_pi_5.cpu_name == "4x Cortex-A76"
    assert raspberry_pi_5.isa == ("neon", "dotprod", "fp16")
    assert (raspberry_pi_5.logical_cores, raspberry_pi_5.physical_cores) == (4, 4)
    assert [(g.kind, g.cores, g.max_mhz) for g in raspberry_pi_5.groups] == [("big", 4, 2400)]
    assert raspberry_pi_5.big_cpus == (0, 1, 2, 3)
    assert raspberry_pi_5.compute_threads == 4
    assert raspberry_pi_5.governor == "ondemand"
    assert raspberry_pi_5.temperature_c == 51.25
    assert raspberry_pi_5.ram_total_bytes == 8245632 * 1024
    assert raspberry_pi_5.ram_available_bytes == 7001234 * 1024
    assert raspberry_pi_5.swap_total_bytes == 204784 * 1024
    assert raspberry_pi_5.battery is None
    assert raspberry_pi_5.form_factor == "board"


def test_rk3588_leaves_its_little_cores_out(rk3588: Device) -> None:
    assert [(g.kind, g.name, g.max_mhz, g.cpus) for g in rk3588.groups] == [
        ("big", "Cortex-A76", 2352, (4, 5)),
        ("big", "Cortex-A76", 2304, (6, 7)),
        ("little", "Cortex-A55", 1800, (0, 1, 2, 3)),
    ]
    assert rk3588.big_cpus == (4, 5, 6, 7)
    assert rk3588.compute_threads == 4


def test_termux_tells_cores_apart_by_their_parts_alone(snapdragon_8_gen_3: Device) -> None:
    assert snapdragon_8_gen_3.cpu_name == "1x Cortex-X4 + 5x Cortex-A720 + 2x Cortex-A520"
    assert snapdragon_8_gen_3.big_cpus == (2, 3, 4, 5, 6, 7)
    assert snapdragon_8_gen_3.compute_threads == 6
    assert snapdragon_8_gen_3.governor is None
    assert snapdragon_8_gen_3.temperature_c is None
    assert {"dotprod", "i8mm"} <= set(snapdragon_8_gen_3.isa)
    assert snapdragon_8_gen_3.form_factor == "phone"


def test_hybrid_x86_counts_physical_p_cores(x86_hybrid: Device) -> None:
    assert (x86_hybrid.logical_cores, x86_hybrid.physical_cores) == (8, 6)
    assert x86_hybrid.big_cpus == (0, 2)
    assert x86_hybrid.compute_threads == 2
    assert x86_hybrid.isa == ("avx", "avx2", "fma", "f16c", "avx_vnni")
    assert x86_hybrid.battery == Battery(percent=80, plugged=True)
    assert x86_hybrid.form_factor == "laptop"
    assert x86_hybrid.machine == "Some Laptop 14"


def test_apple_counts_its_performance_cores(apple_m2: Device) -> None:
    assert apple_m2.arch == "aarch64"
    assert apple_m2.compute_threads == 4
    assert apple_m2.big_cpus == ()
    assert apple_m2.isa == ("neon", "dotprod", "i8mm")
    assert apple_m2.ram_total_bytes == 16 * 2**30


def test_an_intel_mac_without_levels_uses_physical_cores() -> None:
    answers = {"hw.physicalcpu": "4", "hw.logicalcpu": "8", "hw.optional.avx2_0": "1"}
    mac = read_apple(answers.get, arch="x86_64")
    assert mac.compute_threads == 4
    assert mac.isa == ("avx2",)


def test_smt_without_topology_files_is_seen_in_cpuinfo(tmp_path: Path, write) -> None:
    blocks = [f"processor : {cpu}\nphysical id : 0\ncore id : {cpu // 2}\nflags : avx2\n" for cpu in range(4)]
    write("proc/cpuinfo", "\n".join(blocks))
    assert read_linux(tmp_path, arch="x86_64").compute_threads == 2


def test_a_chip_of_little_cores_only_uses_all_of_them(tmp_path: Path, write) -> None:
    block = "processor : {}\nFeatures : fp asimd\nCPU implementer : 0x41\nCPU part : 0xd03\n"
    write("proc/cpuinfo", "\n".join(block.format(cpu) for cpu in range(4)))
    assert read_linux(tmp_path, arch="aarch64").compute_threads == 4


def test_capacity_stands_in_where_no_frequency_is_published(tmp_path: Path, write) -> None:
    write("sys/devices/system/cpu/online", "0-5\n")
    for cpu, capacity in enumerate([530, 530, 530, 530, 1024, 1024]):
        write(f"sys/devices/system/cpu/cpu{cpu}/cpu_capacity", f"{capacity}\n")
    assert read_linux(tmp_path, arch="aarch64").big_cpus == (4, 5)


def test_an_empty_root_gives_an_empty_device(tmp_path: Path) -> None:
    nothing = read_linux(tmp_path, arch="riscv64")
    assert nothing == Device(os="linux", arch="riscv64")
    assert nothing.compute_threads == 1


def test_unreadable_files_are_absent_files(tmp_path: Path, write) -> None:
    # A folder where a file is expected fails to read for every user, root included.
    (tmp_path / "proc/cpuinfo").mkdir(parents=True)
    (tmp_path / "proc/meminfo").mkdir()
    write("sys/class/power_supply", "not a folder")
    write("sys/devices/system/cpu/online", "nonsense-\n")
    assert read_linux(tmp_path, arch="aarch64") == Device(os="linux", arch="aarch64")


@pytest.mark.parametrize(
    "allowed, quota, threads, pinned",
    [
        (None, None, 4, (4, 5, 6, 7)),
        ({4, 5}, None, 2, (4, 5)),
        ({0, 1, 2}, None, 3, ()),
        (None, 2.5, 2, (4, 5, 6, 7)),
        (None, 0.5, 1, (4, 5, 6, 7)),
    ],
)
def test_threads_stay_within_what_the_process_may_use(tmp_path, write, rk3588, allowed, quota, threads, pinned) -> None:
    if quota is not None:
        write("proc/self/cgroup", "0::/\n")
        write("sys/fs/cgroup/cpu.max", f"{int(quota * 100000)} 100000\n")
    this = read_linux(tmp_path, arch="aarch64", allowed_cpus=None if allowed is None else frozenset(allowed))
    assert this.cpu_quota == quota
    assert this.compute_threads == threads
    assert this.big_cpus == pinned


def test_android_properties_name_phone_and_chip(tmp_path: Path) -> None:
    properties = {"ro.product.model": "SM-S928B", "ro.soc.model": "SM8650"}
    phone = read_linux(tmp_path, os_name="android", arch="aarch64", getprop=properties.get)
    assert (phone.machine, phone.soc) == ("SM-S928B", "SM8650")


def test_features_are_those_all_cores_share() -> None:
    text = "processor : 0\nFeatures : asimd asimddp i8mm\n\nprocessor : 1\nFeatures : asimd asimddp\n"
    assert parse(text).isa == ("neon", "dotprod")


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    parse(text)
    assert all(isinstance(cpu, int) for cpu in cpu_list(text[:20]))


@given(st.sets(st.integers(0, 300), min_size=1))
def test_cpu_lists_expand_to_what_the_kernel_meant(cpus: set[int]) -> None:
    parts, run = [], []
    for cpu in sorted(cpus):
        if run and cpu != run[-1] + 1:
            parts.append(run)
            run = []
        run.append(cpu)
    parts.append(run)
    text = ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in parts)
    assert cpu_list(text) == tuple(sorted(cpus))


def test_small_files(tmp_path: Path) -> None:
    (tmp_path / "n").write_text(" 12 34\n")
    (tmp_path / "word").write_text("max\n")
    (tmp_path / "empty").write_text("\n")
    assert (read_int(tmp_path / "n"), read_int(tmp_path / "word"), read_int(tmp_path / "absent")) == (12, None, None)
    assert read_text(tmp_path / "empty") is None


def test_this_machine_can_be_read_and_written_down() -> None:
    this = device.read()
    assert this.compute_threads >= 1
    block = machine_block(this, kernels="scalar")
    assert json.loads(json.dumps(block)) == block
    assert block["kernels"] == "scalar"
    assert {"cpu", "cores", "ram_total_bytes", "os", "governor", "python", "sanderling", "commit"} <= block.keys()

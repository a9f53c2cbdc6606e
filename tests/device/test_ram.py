from __future__ import annotations

from pathlib import Path

from sanderling.device.ram import cpu_clamp, cpu_quota, read_ram

GIB = 2**30
MEMINFO = "MemTotal: 8388608 kB\nMemAvailable: 6291456 kB\nSwapTotal: 1024 kB\n"


def test_without_a_cgroup_meminfo_counts(tmp_path: Path, write) -> None:
    write("proc/meminfo", MEMINFO)
    ram = read_ram(tmp_path)
    assert (ram.total, ram.available, ram.swap_total) == (8 * GIB, 6 * GIB, 2**20)


def test_version_2_takes_the_tightest_level(tmp_path: Path, write) -> None:
    write("proc/meminfo", MEMINFO)
    write("proc/self/cgroup", "0::/user.slice/job\n")
    write("sys/fs/cgroup/user.slice/memory.max", f"{2 * GIB}\n")
    write("sys/fs/cgroup/user.slice/memory.current", f"{GIB}\n")
    write("sys/fs/cgroup/user.slice/memory.stat", f"anon 5\ninactive_file {GIB // 2}\n")
    write("sys/fs/cgroup/user.slice/job/memory.max", "max\n")
    ram = read_ram(tmp_path)
    assert ram.total == 2 * GIB
    assert ram.available == GIB + GIB // 2  # the file cache can be reclaimed


def test_a_container_that_sees_its_hosts_path_reads_the_mount_point(tmp_path: Path, write) -> None:
    write("proc/meminfo", MEMINFO)
    write("proc/self/cgroup", "0::/../../docker/abc\n")
    write("sys/fs/cgroup/memory.max", f"{GIB}\n")
    write("sys/fs/cgroup/memory.current", f"{2 * GIB}\n")
    ram = read_ram(tmp_path)
    assert (ram.total, ram.available) == (GIB, 0)


def test_version_1_and_its_way_to_say_unlimited(tmp_path: Path, write) -> None:
    write("proc/meminfo", MEMINFO)
    write("proc/self/cgroup", "5:cpu,cpuacct:/a\n4:memory:/a\n0::/\n")
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
    assert read_ram(tmp_path).total == 8 * GIB
    write("sys/fs/cgroup/memory/a/memory.limit_in_bytes", f"{3 * GIB}\n")
    write("sys/fs/cgroup/memory/a/memory.usage_in_bytes", f"{GIB}\n")
    write("sys/fs/cgroup/memory/a/memory.stat", "total_inactive_file 1024\n")
    ram = read_ram(tmp_path)
    assert (ram.total, ram.available) == (3 * GIB, 2 * GIB + 1024)


def test_cpu_quota_of_both_versions(tmp_path: Path, write) -> None:
    assert cpu_quota(tmp_path) is None
    write("proc/self/cgroup", "4:cpu:/a\n0::/b\n")
    write("sys/fs/cgroup/b/cpu.max", "max 100000\n")
    assert cpu_quota(tmp_path) is None
    write("sys/fs/cgroup/cpu/a/cpu.cfs_quota_us", "150000\n")
    write("sys/fs/cgroup/cpu/a/cpu.cfs_period_us", "100000\n")
    assert cpu_quota(tmp_path) == 1.5


def test_nothing_readable(tmp_path: Path) -> None:
    ram = read_ram(tmp_path)
    assert (ram.total, ram.available, ram.swap_total) == (None, None, None)


def test_the_clamp_is_that_of_the_tightest_level(tmp_path: Path, write) -> None:
    assert cpu_clamp(tmp_path) is None
    write("proc/self/cgroup", "0::/background/app\n")
    write("sys/fs/cgroup/background/app/cpu.uclamp.max", "max\n")
    assert cpu_clamp(tmp_path) is None
    write("sys/fs/cgroup/background/cpu.uclamp.max", "50.00\n")
    assert cpu_clamp(tmp_path) == 0.5
    write("sys/fs/cgroup/background/app/cpu.uclamp.max", "nonsense\n")
    assert cpu_clamp(tmp_path) == 0.5
    write("proc/self/cgroup", "3:cpu,cpuacct:/a\n0::/background/app\n")
    write("sys/fs/cgroup/cpu/a/cpu.uclamp.max", "20.5\n")
    assert cpu_clamp(tmp_path) == 0.205

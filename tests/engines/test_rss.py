from __future__ import annotations

import sys
from pathlib import Path

import psutil

from sanderling.engines.rss import memory_of, peak_rss_bytes, rss_bytes


def test_the_peak_is_never_below_what_is_resident() -> None:
    block = bytearray(64 << 20)
    block[::4096] = b"x" * len(block[::4096])
    high = rss_bytes()
    del block
    # psutil and the kernel's own peak count pages in batches per thread: a few hundred kilobytes apart at most.
    assert peak_rss_bytes() > high - (1 << 20)


def test_the_kernels_figure_is_in_kibibytes(tmp_path: Path) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/status").write_text("Name:\tx\nVmPeak:\t  99999 kB\nVmHWM:\t   1234 kB\n")
    assert peak_rss_bytes(tmp_path) == 1234 * 1024


def test_the_memory_of_a_process_is_what_psutil_says(tmp_path: Path) -> None:
    expected, (rss, file) = psutil.Process(1).memory_info(), memory_of(1)
    # Read one after the other, while the process may run: a MiB apart at most.
    assert abs(rss - expected.rss) <= 1 << 20
    assert 0 <= file <= rss
    if sys.platform == "linux":
        (tmp_path / "proc/7").mkdir(parents=True)
        (tmp_path / "proc/7/statm").write_text("99 5 3 1 0 9 0\n")
        page = memory_of(7, tmp_path)[0] // 5
        assert memory_of(7, tmp_path) == (5 * page, 3 * page)
    assert memory_of(2**22 - 1, tmp_path) == (0, 0)

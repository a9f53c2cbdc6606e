from __future__ import annotations

from pathlib import Path

from sanderling.engines.rss import peak_rss_bytes, rss_bytes


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

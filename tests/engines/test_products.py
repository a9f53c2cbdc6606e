"""The products of our engine wheel's own kernels (``build/engine/*_rows*.h``) are those of plain loops, bit for bit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sanderling.device.profiles import detect

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "build/engine"
# -O1: GCC 12 vectorises the plain loop of Q4_0 with -O2, and wrongly.
COMMAND = ("g++", "-std=c++17", "-O1", "-mavx2", "-mfma", "-mf16c", "-ffp-contract=off")
AVX512 = ("-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni")
ISA = detect().device.isa
pytestmark = pytest.mark.skipif(shutil.which("g++") is None, reason="g++ compiles the test")
AVX2_HERE = pytest.mark.skipif("avx2" not in ISA, reason="no AVX2 here")
AVX512_HERE = pytest.mark.skipif("avx512_vnni" not in ISA, reason="no AVX-512 VNNI here")


def run(folder: Path, headers: Path, flags: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    program = str(folder / "program")
    subprocess.run([*COMMAND, *flags, f"-I{headers}", str(HERE / "products.cpp"), "-o", program], check=True)
    return subprocess.run([program], capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize("flags", [pytest.param((), marks=AVX2_HERE), pytest.param(AVX512, marks=AVX512_HERE)])
def test_products_have_the_bits_of_plain_loops(tmp_path: Path, flags: tuple[str, ...]) -> None:
    done = run(tmp_path, HEADERS, flags)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith(", wrong 0\n")


@pytest.mark.parametrize(
    ("flags", "header", "right", "wrong"),
    [
        pytest.param((), "eight_rows.h", "RAISE = 8;", "RAISE = 7;", marks=AVX2_HERE),
        pytest.param(AVX512, "sixteen_rows.h", "RAISE = 8;", "RAISE = 7;", marks=AVX512_HERE),
        pytest.param(AVX512, "sixteen_rows_q4_k.h", "(b[l], j + 1, 0)", "(b[l], j, 0)", marks=AVX512_HERE),
    ],
)
def test_a_wrong_constant_is_noticed(
    tmp_path: Path, flags: tuple[str, ...], header: str, right: str, wrong: str
) -> None:
    for each in HEADERS.glob("*.h"):
        (tmp_path / each.name).write_text(each.read_text())
    text = (HEADERS / header).read_text()
    assert text.count(right) == 1
    (tmp_path / header).write_text(text.replace(right, wrong))
    assert run(tmp_path, tmp_path, flags).returncode == 1

"""The kernels of our engine wheel for AVX-512 VNNI (``build/engine/sixteen_rows*.h``) give what plain loops give."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sanderling.device.profiles import detect

HERE = Path(__file__).parent
HEADERS = HERE.parents[1] / "build/engine"
# -O1: GCC 12 vectorises the plain loop of Q4_0 with -O2, and wrongly.
FLAGS = ("-O1", "-mavx512f", "-mavx512bw", "-mavx512vl", "-mavx512vnni", "-mfma", "-mf16c", "-ffp-contract=off")
pytestmark = [
    pytest.mark.skipif(shutil.which("g++") is None, reason="g++ compiles the test"),
    pytest.mark.skipif("avx512_vnni" not in detect().device.isa, reason="this processor has no AVX-512 VNNI"),
]


def run(tmp_path: Path, headers: Path) -> subprocess.CompletedProcess[str]:
    program = tmp_path / "program"
    command = [
        "g++",
        "-std=c++17",
        *FLAGS,
        f"-I{headers}",
        str(HERE / "sixteen_rows.cpp"),
        "-o",
        str(program),
    ]
    subprocess.run(command, check=True)
    return subprocess.run([str(program)], capture_output=True, text=True, check=False, timeout=60)


def test_products_have_the_bits_of_plain_loops(tmp_path: Path) -> None:
    done = run(tmp_path, HEADERS)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith(", wrong 0\n")


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("sixteen_rows.h", "RAISE = 8;", "RAISE = 7;"),
        ("sixteen_rows_q4_k.h", "of_high = six_bits(b[l], j + 1, 0)", "of_high = six_bits(b[l], j, 0)"),
    ],
)
def test_a_wrong_constant_is_noticed(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    for header in HEADERS.glob("sixteen_rows*.h"):
        (tmp_path / header.name).write_text(header.read_text())
    written = (HEADERS / name).read_text()
    assert written.count(right) == 1
    (tmp_path / name).write_text(written.replace(right, wrong))
    assert run(tmp_path, tmp_path).returncode == 1

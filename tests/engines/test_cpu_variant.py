from __future__ import annotations

import ctypes
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from sanderling.engines import cpu_variant
from sanderling.engines.cpu_variant import unused

ZEN = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | AVX512 = 1 | AVX512_VNNI = 1 | LLAMAFILE = 1 | REPACK = 1 | "
BASELINE = "CPU : SSE3 = 1 | AVX = 1 | AVX2 = 1 | F16C = 1 | FMA = 1 | REPACK = 1 | "
# Loads each library of the folder by itself and prints how well it says it suits the CPU.
SCORES = (
    "import ctypes, pathlib, sys\n"
    "folder = pathlib.Path(sys.argv[1])\n"
    "ctypes.CDLL(str(folder / 'libggml-base.so'), mode=ctypes.RTLD_GLOBAL)\n"
    "for path in folder.glob('libggml-cpu-*.so'):\n"
    "    print(path.stem.removeprefix('libggml-cpu-'), ctypes.CDLL(str(path)).ggml_backend_score())\n"
)
# Loads kernels as the engine does and prints the variant.
LOADS = (
    "import ctypes, pathlib, sys\n"
    "from sanderling.engines import cpu_variant\n"
    "folder = pathlib.Path(sys.argv[1])\n"
    "print(cpu_variant.load(ctypes.CDLL(str(folder / 'libllama.so')), folder, sys.argv[2]))\n"
)


@pytest.fixture
def folder() -> Path:
    found = importlib.util.find_spec("sanderling_engine")
    if found is None or not found.submodule_search_locations:
        pytest.skip("sanderling_engine is not installed")
    return Path(found.submodule_search_locations[0]) / "lib"


def printed(code: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize(
    ("isa", "system_info", "expected"),
    [
        (("avx2", "avx512f", "avx512_vnni", "avx_vnni"), ZEN, ()),
        (("avx2", "avx512f", "avx512_vnni", "avx_vnni"), BASELINE, ("avx512f", "avx512_vnni")),
        (("avx2", "avx_vnni"), BASELINE, ("avx_vnni",)),
        (("avx2", "amx_int8"), BASELINE, ()),
        (("neon", "dotprod", "i8mm", "sve"), "CPU : NEON = 1 | ARM_FMA = 1 | ", ("dotprod", "i8mm")),
        (("neon", "dotprod", "i8mm"), "CPU : NEON = 1 | MATMUL_INT8 = 1 | DOTPROD = 1 | ", ()),
        (("neon", "dotprod"), "CPU : NEON = 1 | DOTPROD = 0 | ", ("dotprod",)),
        (("neon",), "CPU : NEON = 1 | ", ()),
    ],
)
def test_what_the_cpu_has_and_no_kernel_uses(isa, system_info, expected):
    assert unused(isa, system_info) == expected


def test_a_build_with_its_kernels_inside_is_left_as_it_is(tmp_path):
    assert cpu_variant.load(ctypes.CDLL(None), tmp_path) == ""


def test_the_variant_that_suits_best_is_loaded(folder):
    scores = {name: int(score) for name, score in (line.split() for line in printed(SCORES, str(folder)))}
    assert min(scores.values()) == 0 or len(scores) > 1
    assert printed(LOADS, str(folder), "") == [max(scores, key=scores.__getitem__)]


def test_a_variant_asked_for_is_loaded_and_no_other(folder):
    plainest = next(name for name in cpu_variant.PLAINER[1::2] if (folder / f"libggml-cpu-{name}.so").exists())
    assert printed(LOADS, str(folder), plainest) == [plainest]


def test_an_unknown_variant_lists_those_there_are(folder):
    code = LOADS.replace("print(", "try: print(").replace(
        "sys.argv[2]))", "sys.argv[2]))\nexcept Exception as e: print(e)"
    )
    (said,) = printed(code, str(folder), "pentium")
    assert said.startswith("there are no kernels 'pentium': choose one of ")

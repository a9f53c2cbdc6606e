from __future__ import annotations

import platform
import subprocess
import sys

import pytest

# Each thread holds what it allocates, and all are alive at once, so every one would get an arena of its own.
_COUNT = """
import ctypes, re, sys, threading
from sanderling import heap

if sys.argv[1] == "one":
    heap.use_one_arena()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.fdopen.restype = libc.tmpfile.restype = ctypes.c_void_p
gate = threading.Barrier(9)

def hold():
    libc.malloc(5000)
    gate.wait()
    gate.wait()

for _ in range(8):
    threading.Thread(target=hold, daemon=True).start()
gate.wait()
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
out = libc.fdopen(1, b"w")
libc.malloc_info(0, out)
libc.fflush(out)
gate.wait()
"""


def arenas(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _COUNT, how], capture_output=True, text=True, check=True)
    return done.stdout.count("<heap nr=")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library has a heap for each thread")
def test_all_threads_allocate_from_one_heap() -> None:
    assert arenas("many") > 1
    assert arenas("one") == 1

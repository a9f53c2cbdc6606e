"""Limits the number of the C library's heaps in a long-running process."""

import ctypes
import platform

M_ARENA_MAX = -8


def use_one_arena() -> None:
    """With the GNU C library, let all threads that start from now on allocate from one heap.

    Otherwise each of a service's threads gets a heap of its own, up to eight for each core, and each grows until the
    same questions have passed through it: twice the growth after the first thousand questions (``bench service
    --soak``). Python's lock lets few threads allocate at once, so they seldom wait for each other. Other C libraries
    know no such limit, and nothing is changed there.
    """
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)

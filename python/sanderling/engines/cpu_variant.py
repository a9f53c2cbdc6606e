"""Loads the kernels for this CPU from a llama.cpp build with several variants.

Such a build (``GGML_BACKEND_DL``) has one library of kernels per kind of CPU beside ``libllama``, called
``libggml-cpu-VARIANT``. Each says how well it suits the CPU, and llama.cpp takes the best. Builds with their kernels
inside, those of llama-cpp-python and xllamacpp, have no such libraries and are left as they are.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Collection
from pathlib import Path

from ..errors import EngineError

VARIABLE = "SANDERLING_CPU_VARIANT"
"""Environment variable that names the kernel variant to load.

For a CPU that claims what its system does not let it do.
"""
PLAINER = ("haswell", "x64", "armv8.2_2", "armv8.0_1")
"""Kernel variants for older CPUs, faster ones first.

Of each architecture: one for CPUs of ten years ago, then one for all.
"""
_PREFIX, _SUFFIX = "libggml-cpu-", ".so"
# /proc/cpuinfo's features by our names, and what llama_print_system_info calls kernels that use them. AMX is missing
# because its kernels crash, SVE because the plain ones are as fast at 128 bits.
_KERNELS = {
    "dotprod": "DOTPROD",
    "i8mm": "MATMUL_INT8",
    "avx2": "AVX2",
    "avx_vnni": "AVX_VNNI",
    "avx512f": "AVX512",
    "avx512_vnni": "AVX512_VNNI",
}


def load(llama: ctypes.CDLL, folder: Path, variant: str = "") -> str:
    """Load kernels from ``folder``, and return their variant's name.

    The name is empty if there are none to load. ``variant``: the variant to load; empty: the best for this CPU. Raises
    EngineError if nothing could be loaded.
    """
    libraries = {
        path.name.removeprefix(_PREFIX).removesuffix(_SUFFIX): path for path in folder.glob(f"{_PREFIX}*{_SUFFIX}")
    }
    if not libraries or not hasattr(llama, "ggml_backend_load_all_from_path"):
        return ""
    if variant:
        if variant not in libraries:
            raise EngineError(f"there are no kernels {variant!r}: choose one of {', '.join(sorted(libraries))}")
        llama.ggml_backend_load.restype = ctypes.c_void_p
        loaded = [variant] if llama.ggml_backend_load(os.fsencode(libraries[variant])) else []
    else:
        llama.ggml_backend_load_all_from_path(os.fsencode(folder))
        loaded = [name for name, path in libraries.items() if _is_open(path)]
    if len(loaded) != 1:
        raise EngineError(f"no kernels in {folder} suit this CPU: install the engine again, for this machine")
    return loaded[0]


def unused(isa: Collection[str], system_info: str) -> tuple[str, ...]:
    """Return the CPU's instruction sets that no kernel uses.

    Only those are listed that would make matrix products faster. ``isa``: those of the CPU, as in
    :class:`~sanderling.device.record.Device`. ``system_info``: llama.cpp's list of what its kernels use.
    """
    used = {entry.split(" = ")[0].split()[-1] for entry in system_info.split("|") if entry.strip().endswith("= 1")}
    # Kernels with the 512-bit form of the same instruction have no need of the 256-bit one.
    covered = {"avx_vnni"} if "avx512_vnni" in isa else set()
    return tuple(
        name for name, kernel in _KERNELS.items() if name in isa and kernel not in used and name not in covered
    )


def remedy() -> str:
    """Return the command that installs an engine with kernels for this CPU."""
    if sys.platform == "linux":
        return "run  make engine  in Sanderling's source"
    return "run  pip install 'sanderling[llama]'"


def _is_open(library: Path) -> bool:
    """Return whether this process has ``library`` open.

    llama.cpp closes the libraries that it does not take.
    """
    try:
        ctypes.CDLL(str(library), mode=os.RTLD_NOLOAD | os.RTLD_LAZY)
    except OSError:
        return False
    return True

"""Finds the instruction sets that an engine's build uses.

They may be fewer than the processor has. Sources: llama.cpp's build options of each package, and disassembly of its
libraries (``bench_device/LOG.md``). Builds for this device (llama-cpp-python) and builds that choose their kernels at
load (our own wheel) use what the processor has; on x86-64 the Makefile compiles llama-cpp-python without the newer
sets, because a native build may crash.
"""

from __future__ import annotations

from ..device import Device
from ..engines import available

_PREBUILT = {
    "x86_64": frozenset({"avx", "avx2", "fma", "f16c"}),
    # Linux and Android: plain armv8-a.
    "aarch64": frozenset({"neon"}),
}
_PREBUILT_MACOS_ARM = frozenset({"neon", "fp16", "dotprod"})


def engine_isa(this: Device, engine: str | None = None) -> tuple[str, ...]:
    """Return the device's instruction sets that an engine's kernels use.

    ``engine`` None or ``auto``: the best installed engine; without any, all that the device has.
    """
    engine = _named(engine)
    if engine != "xllamacpp" and not (engine == "llama_cpp" and this.arch == "x86_64"):
        return this.isa
    used = _PREBUILT_MACOS_ARM if (this.os, this.arch) == ("darwin", "aarch64") else _PREBUILT.get(this.arch, this.isa)
    return tuple(name for name in this.isa if name in used)


def is_own(engine: str | None = None) -> bool:
    """Whether ``engine`` is our own wheel, which has kernels that other builds lack.

    None or ``auto``: the best installed engine.
    """
    return _named(engine) == "sanderling_engine"


def _named(engine: str | None) -> str:
    return next(iter(available()), "") if engine in (None, "auto") else engine

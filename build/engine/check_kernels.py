"""Checks by disassembly that each kernel variant uses exactly the features listed for it.

:data:`VARIANTS` lists them. A flag that the compiler drops still builds, and the model still answers, only slowly; a
flag too many ends in an illegal instruction on somebody else's CPU. ``python build/engine/check_kernels.py ARCH
FOLDER``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FEATURES = {
    "x86_64": {
        "avx": r"\bymm\d",
        "avx512": r"\bzmm\d",
        "vnni": r"\bvpdpbusd",
        "avx512_vnni": r"\bvpdpbusd.*zmm\d",
        "sixteen_rows": r"\bvpdpbusd.*\{1to16\}",  # four activations for sixteen rows, as sixteen_rows.h has it
        "amx": r"\b(tdp\w+|tileloadd\w*)\b",
    },
    "aarch64": {
        "dotprod": r"\bsdot\b",
        "i8mm": r"\bsmmla\b",
        "sve": r"\bz\d+\.[bhsd]\b",
        "fp16": r"\bf(mla|mul|add|sub|max|min)\s+v\d+\.[48]h",
        "atomics": r"\b(ldadd|cas|swp)a?l?\b",
        "sme": r"\bsmstart\b",
    },
}
"""What a line of the disassembly contains if it uses a feature, by architecture."""
_VNNI512 = {"avx", "avx512", "vnni", "avx512_vnni", "sixteen_rows"}
_ARM82 = {"dotprod", "atomics"}
VARIANTS: dict[str, dict[str, set[str]]] = {
    "x86_64": {
        "x64": set(),
        "sse42": set(),
        "haswell": {"avx"},
        "alderlake": {"avx", "vnni"},
        "skylakex": {"avx", "avx512"},
        "cascadelake": _VNNI512,
        "icelake": _VNNI512,
        "zen4": _VNNI512,
    },
    "aarch64": {
        "armv8.0_1": set(),
        "armv8.2_2": _ARM82 | {"fp16"},
        # With SVE the kernels work in its registers instead of NEON's vectors of halves.
        "armv8.2_3": _ARM82 | {"sve"},
        "armv8.6_0": _ARM82 | {"fp16", "i8mm"},
        "armv8.6_1": _ARM82 | {"i8mm", "sve"},
        "armv8.6_2": _ARM82 | {"i8mm", "sve"},
    },
}
"""Variants that the wheel holds, each with all features that its kernels use."""


def used(architecture: str, library: Path) -> dict[str, int]:
    """Return how many instructions of ``library`` use each feature."""
    everything = ["--mattr=+v8.6a,+fullfp16,+sve2,+sme"] if architecture == "aarch64" else []
    command = ["llvm-objdump", "-d", "--no-show-raw-insn", *everything, str(library)]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {feature: len(re.findall(pattern, lines)) for feature, pattern in FEATURES[architecture].items()}


def problems(architecture: str, folder: Path) -> list[str]:
    """Return the problems of the libraries in ``folder``, one line each.

    It prints what each of them uses.
    """
    variants = {f"libggml-cpu-{name}.so": features for name, features in VARIANTS[architecture].items()}
    wanted = {"libggml.so": set[str](), "libggml-base.so": set[str](), "libllama.so": set[str](), **variants}
    found = {path.name for path in folder.glob("*.so")}
    bad = [f"missing: {name}" for name in sorted(wanted.keys() - found)]
    bad += [f"not in the list of variants: {name}" for name in sorted(found - wanted.keys())]
    for name in sorted(wanted.keys() & found):
        counts = used(architecture, folder / name)
        print(f"{name:32}", *(f"{feature} {count}" for feature, count in counts.items()))
        bad += [f"{name} has no {feature} instruction" for feature in wanted[name] if not counts[feature]]
        bad += [
            f"{name} has {n} {feature} instructions"
            for feature, n in counts.items()
            if n and feature not in wanted[name]
        ]
    return bad


def main() -> int:
    """Check the folder named on the command line and return the exit code."""
    found = problems(sys.argv[1], Path(sys.argv[2]))
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

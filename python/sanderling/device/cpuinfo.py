"""Parses /proc/cpuinfo.

It is the only description of the CPU that Android lets an app read. Part numbers are from util-linux,
``sys-utils/lscpu-arm.c``. Listed are the cores of devices that have a profile here, and all in-order "little" cores; a
core that is not listed only lacks a name.
"""

from __future__ import annotations

from collections import Counter

from ..records import Record

ARM_CORES = {
    "0x41:0xd03": "Cortex-A53",
    "0x41:0xd04": "Cortex-A35",
    "0x41:0xd05": "Cortex-A55",
    "0x41:0xd08": "Cortex-A72",
    "0x41:0xd0b": "Cortex-A76",
    "0x41:0xd42": "Cortex-A78AE",
    "0x41:0xd46": "Cortex-A510",
    "0x41:0xd47": "Cortex-A710",
    "0x41:0xd4d": "Cortex-A715",
    "0x41:0xd4e": "Cortex-X3",
    "0x41:0xd80": "Cortex-A520",
    "0x41:0xd81": "Cortex-A720",
    "0x41:0xd82": "Cortex-X4",
    "0x51:0x001": "Oryon",
}
LITTLE_CORES = frozenset(f"Cortex-A{number}" for number in (35, 53, 55, 510, 520))
"""Names of in-order cores. If a chip has no others, none of its cores count as little (``cores.py``)."""

FEATURES = {
    # Linux's names on the left (arch/arm64/kernel/cpuinfo.c, arch/x86/include/asm/cpufeatures.h).
    "asimd": "neon",
    "asimddp": "dotprod",
    "i8mm": "i8mm",
    "bf16": "bf16",
    "fphp": "fp16",
    "sve": "sve",
    "sve2": "sve2",
    "sme": "sme",
    "sme2": "sme2",
    "avx": "avx",
    "avx2": "avx2",
    "fma": "fma",
    "f16c": "f16c",
    "avx_vnni": "avx_vnni",
    "avx512f": "avx512f",
    "avx512_vnni": "avx512_vnni",
    "avx512_bf16": "avx512_bf16",
    "amx_int8": "amx_int8",
}


class CpuInfo(Record):
    """The parsed content of /proc/cpuinfo. ``cpus``, ``parts`` and ``core_ids`` have one entry per logical CPU."""

    cpus: tuple[int, ...] = ()
    parts: tuple[str, ...] = ()
    """Arm part of each CPU as ``implementer:part``; empty on x86."""
    model_name: str | None = None
    isa: tuple[str, ...] = ()
    """CPU features that all cores have. A kernel may run on any core."""
    core_ids: tuple[tuple[str, str], ...] = ()
    """(physical id, core id) of each CPU; empty: not in the file."""
    board: str | None = None
    """Name of the board, from the line ``Model`` or ``Hardware``.

    Boards and older phones have it at the end of the file.
    """

    @property
    def part_counts(self) -> dict[str, int]:
        """Number of cores by Arm part, as ``implementer:part``."""
        return dict(Counter(self.parts))

    @property
    def core_names(self) -> dict[int, str]:
        """Core name of each logical CPU with a known Arm part. Known are those in ``ARM_CORES``."""
        return {cpu: ARM_CORES[part] for cpu, part in zip(self.cpus, self.parts, strict=False) if part in ARM_CORES}

    @property
    def name(self) -> str | None:
        """Readable name of the CPU, such as ``4x Cortex-A76 + 4x Cortex-A55``.

        The cores are in descending order of CPU number: on phones and boards the highest number is the fastest core.
        """
        # Recent 32-bit kernels put a "model name" on Arm cores that names the architecture, not the core.
        if not self.parts:
            return self.model_name
        names = Counter(ARM_CORES.get(part, part) for part in self.parts)
        return " + ".join(f"{count}x {name}" for name, count in reversed(names.items()))


def parse(text: str) -> CpuInfo:
    """Parse the text of /proc/cpuinfo. Missing fields stay empty."""
    blocks: list[dict[str, str]] = []
    tail: dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        key, value = key.strip(), value.strip()
        if not colon:
            continue
        if key == "processor" and value.isdigit():
            blocks.append({})
        elif key in {"Model", "Hardware"}:
            tail.setdefault(key, value)
        if blocks:
            # The first value is kept: the board's lines at the end of the file are parsed into the last core's block.
            blocks[-1].setdefault(key, value)
    feature_sets = [set((block.get("Features") or block.get("flags") or "").split()) for block in blocks]
    common = set.intersection(*feature_sets) if feature_sets else set()
    has_parts = all("CPU implementer" in block and "CPU part" in block for block in blocks)
    has_cores = all("core id" in block for block in blocks)
    return CpuInfo(
        cpus=tuple(int(block["processor"]) for block in blocks),
        parts=tuple(f"{b['CPU implementer']}:{b['CPU part']}".lower() for b in blocks) if has_parts else (),
        model_name=next((block["model name"] for block in blocks if "model name" in block), None),
        isa=tuple(ours for theirs, ours in FEATURES.items() if theirs in common),
        core_ids=tuple((b.get("physical id", "0"), b["core id"]) for b in blocks) if has_cores else (),
        board=tail.get("Model") or tail.get("Hardware"),
    )

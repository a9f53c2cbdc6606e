"""The record of one device, and the two conclusions drawn from it: how many threads, and what form it has."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..records import Record

CoreKind = Literal["big", "little"]
FormFactor = Literal["server", "laptop", "board", "phone"]

ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64"}
"""Other names of the same instruction sets, in lower case, as macOS and the BSDs spell them."""


class CoreGroup(Record):
    """Cores of one kind and speed. ``big`` means worth a compute thread, so it includes a phone's middle cores."""

    kind: CoreKind
    cpus: tuple[int, ...]
    """First logical CPU of each physical core; empty where the system does not number them (macOS)."""
    cores: int
    """Physical cores."""
    max_mhz: int | None = None
    name: str | None = None


class Battery(Record):
    """State of the battery."""

    percent: float | None = None
    plugged: bool | None = None


class Device(Record):
    """One device. None: the system does not tell."""

    os: str
    """``linux``, ``android``, ``darwin``."""
    arch: str
    """``aarch64``, ``x86_64``, or what the system calls itself."""
    machine: str | None = None
    """Model of board, phone or computer."""
    compatible: tuple[str, ...] = ()
    """The device tree's ``compatible`` list, most specific first."""
    soc: str | None = None
    """Name of the chip, such as ``SM8650``."""
    cpu_name: str | None = None
    cpu_parts: dict[str, int] = msgspec.field(default_factory=dict)
    """``implementer:part`` of each Arm core and how many of it there are, as in ``0x41:0xd0b``."""
    logical_cores: int | None = None
    physical_cores: int | None = None
    groups: tuple[CoreGroup, ...] = ()
    """Fastest first."""
    allowed_cpus: tuple[int, ...] | None = None
    """Logical CPUs this process may run on; None: all, or not known."""
    cpu_quota: float | None = None
    """CPUs' worth of time the container grants; None: no limit."""
    isa: tuple[str, ...] = ()
    """Features that matter to matrix kernels, in llama.cpp's words: ``dotprod``, ``i8mm``, ``avx2``."""
    governor: str | None = None
    ram_total_bytes: int | None = None
    """Bounded by the container's limit."""
    ram_available_bytes: int | None = None
    """What a new process can take without swapping, bounded by the container's limit."""
    swap_total_bytes: int | None = None
    battery: Battery | None = None
    temperature_c: float | None = None
    """Hottest CPU sensor."""

    @property
    def big_cpus(self) -> tuple[int, ...]:
        """Logical CPUs to pin compute threads to, one per big physical core; empty: do not pin."""
        cpus = [cpu for group in self.groups if group.kind == "big" for cpu in group.cpus]
        if self.allowed_cpus is not None:
            cpus = [cpu for cpu in cpus if cpu in self.allowed_cpus]
        return tuple(sorted(cpus))

    @property
    def compute_threads(self) -> int:
        """Threads for matrix work: one per big physical core, within what this process may use.

        A little core makes each token wait for the slowest thread (RK3588: 8 threads run at half the speed of 4), and
        two threads on one core share its vector units, so neither is counted.
        """
        numbered = any(group.cpus for group in self.groups)
        if numbered:
            # Pinned to little cores only, the process uses what it was given.
            cores = len(self.big_cpus) or len(self.allowed_cpus or ())
        else:
            cores = sum(group.cores for group in self.groups if group.kind == "big")
        cores = cores or self.physical_cores or self.logical_cores or 1
        if self.allowed_cpus is not None:
            cores = min(cores, len(self.allowed_cpus))
        if self.cpu_quota is not None:
            cores = min(cores, int(self.cpu_quota))
        return max(1, cores)

    @property
    def form_factor(self) -> FormFactor:
        """What kind of thing this probably is, judged by its system and its battery."""
        if self.os == "android":
            return "phone"
        if self.os == "darwin" or self.battery is not None:
            return "laptop"
        return "board" if self.compatible else "server"

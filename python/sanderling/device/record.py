"""The record that describes a device, and the thread count and form factor derived from it."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..records import Record

CoreKind = Literal["big", "little"]
FormFactor = Literal["server", "laptop", "board", "phone"]

ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64"}
"""Our architecture names, by the lower-case names of macOS and the BSDs."""


class CoreGroup(Record):
    """A group of cores that share kind and speed.

    ``big`` means worth a compute thread, and includes a phone's middle cores.
    """

    kind: CoreKind
    cpus: tuple[int, ...]
    """First logical CPU of each physical core; empty if the system does not number cores (macOS)."""
    cores: int
    """Number of physical cores."""
    max_mhz: int | None = None
    name: str | None = None


class Battery(Record):
    """State of the battery."""

    percent: float | None = None
    plugged: bool | None = None


class Device(Record):
    """The hardware and system of one device. None: not known."""

    os: str
    """``linux``, ``android``, ``darwin``."""
    arch: str
    """``aarch64``, ``x86_64``, or the system's own name of another architecture."""
    machine: str | None = None
    """Model name of the board, phone or computer."""
    compatible: tuple[str, ...] = ()
    """The device tree's ``compatible`` list, most specific first."""
    soc: str | None = None
    """Name of the chip, such as ``SM8650``."""
    cpu_name: str | None = None
    cpu_parts: dict[str, int] = msgspec.field(default_factory=dict)
    """Number of Arm cores by ``implementer:part``, such as ``0x41:0xd0b``."""
    logical_cores: int | None = None
    physical_cores: int | None = None
    groups: tuple[CoreGroup, ...] = ()
    """Groups of cores, fastest first."""
    allowed_cpus: tuple[int, ...] | None = None
    """Logical CPUs this process may run on; None: all, or not known."""
    cpu_quota: float | None = None
    """How many CPUs the container grants, possibly a fraction; None: no limit."""
    isa: tuple[str, ...] = ()
    """CPU features that matter to matrix kernels, by llama.cpp's names, such as ``dotprod``, ``i8mm`` or ``avx2``."""
    governor: str | None = None
    ram_total_bytes: int | None = None
    """Total RAM, bounded by the container's limit."""
    ram_available_bytes: int | None = None
    """Bytes of RAM a new process can use without swapping, bounded by the container's limit."""
    swap_total_bytes: int | None = None
    battery: Battery | None = None
    temperature_c: float | None = None
    """Temperature of the hottest CPU sensor."""

    @property
    def big_cpus(self) -> tuple[int, ...]:
        """Logical CPUs to pin compute threads to, one for each big physical core; empty: pin none."""
        cpus = [cpu for group in self.groups if group.kind == "big" for cpu in group.cpus]
        if self.allowed_cpus is not None:
            cpus = [cpu for cpu in cpus if cpu in self.allowed_cpus]
        return tuple(sorted(cpus))

    @property
    def compute_threads(self) -> int:
        """Number of threads for matrix work: one for each big physical core that this process may use.

        Little cores are not counted, because each token waits for the slowest thread (RK3588: 8 threads run at half the
        speed of 4); nor is a second thread of one core, because both would share its vector units.
        """
        numbered = any(group.cpus for group in self.groups)
        if numbered:
            # A process pinned to little cores only uses those.
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
        """The likely form factor, inferred from operating system, battery and device tree."""
        if self.os == "android":
            return "phone"
        if self.os == "darwin" or self.battery is not None:
            return "laptop"
        return "board" if self.compatible else "server"

"""The record of a device.

The thread count and the form factor are derived from it.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..records import Record

CoreKind = Literal["big", "little"]
FormFactor = Literal["server", "laptop", "board", "phone"]

ARCHITECTURES = {"arm64": "aarch64", "amd64": "x86_64"}
"""Our architecture names, by the systems' lower-case names. The systems are macOS and the BSDs."""


class CoreGroup(Record):
    """A group of cores of the same kind and speed.

    ``big`` means worth a compute thread, and includes a phone's middle cores.
    """

    kind: CoreKind
    cpus: tuple[int, ...]
    """First logical CPU of each physical core; empty: not numbered (macOS)."""
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
    """Operating system: ``linux``, ``android`` or ``darwin``."""
    arch: str
    """Architecture: ``aarch64``, ``x86_64``, or the system's own name."""
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
    """Logical CPUs on which this process may run; None: all, or unknown."""
    cpu_quota: float | None = None
    """Number of CPUs that the container grants; None: no limit. Possibly a fraction."""
    isa: tuple[str, ...] = ()
    """CPU features that matrix kernels use. By llama.cpp's names, such as ``dotprod``, ``i8mm`` or ``avx2``."""
    governor: str | None = None
    ram_total_bytes: int | None = None
    """Total RAM in bytes, within the container's limit."""
    ram_available_bytes: int | None = None
    """RAM that a new process can use without swapping, in bytes. Within the container's limit."""
    swap_total_bytes: int | None = None
    battery: Battery | None = None
    temperature_c: float | None = None
    """Temperature of the hottest CPU sensor, in degrees Celsius."""

    @property
    def big_cpus(self) -> tuple[int, ...]:
        """Logical CPUs to which compute threads are pinned; empty: none. There is one for each big physical core."""
        cpus = [cpu for group in self.groups if group.kind == "big" for cpu in group.cpus]
        if self.allowed_cpus is not None:
            cpus = [cpu for cpu in cpus if cpu in self.allowed_cpus]
        return tuple(sorted(cpus))

    @property
    def compute_threads(self) -> int:
        """Number of threads for matrix work.

        One for each big physical core that this process may use. Little cores are not counted, because each token waits
        for the slowest thread (RK3588: 8 threads run at half the speed of 4); nor is a second thread of one core,
        because both would share its vector units.
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
        """The device's probable form factor. Inferred from operating system, battery and device tree."""
        if self.os == "android":
            return "phone"
        if self.os == "darwin" or self.battery is not None:
            return "laptop"
        return "board" if self.compatible else "server"

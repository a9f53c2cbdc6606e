"""Device profiles: settings and predicted speeds for each kind of device.

The settings are threads, quantizations and context sizes. ``device_profiles/`` holds one data file per kind of device,
inside an installed package or at the top of a source tree; ``device_profiles/SCHEMA.md`` explains each field. A profile
is a first guess: once ``sanderling bench`` has written a calibration, :func:`predict` returns the measured speeds.
"""

from __future__ import annotations

import re
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from .. import device
from ..errors import SanderlingError, UsageError
from ..records import CONTEXT_BINS, ContextBin, Record
from . import calibration

AUTO = "auto"
FALLBACK = "generic"

Q4_0_BYTES_PER_PARAMETER = 0.6
"""Bytes per parameter of LFM2's Q4_0 files.

219 MB for 354 M (0.62) down to 1483 MB for 2569 M (0.58).
"""

Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Rule(Record, forbid_unknown_fields=True):
    """Conditions for recognising a device. All that are not None must hold. See SCHEMA.md, Rule."""

    os: str | None = None
    arch: str | None = None
    device_tree: str | None = None
    soc: str | None = None
    cpu_name: str | None = None
    cpu_parts: dict[str, int] | None = None

    def matches(self, this: device.Device) -> bool:
        """Return whether a device meets all conditions of this rule."""
        tree = "\n".join((this.machine or "", *this.compatible))
        return (
            (self.os is None or self.os == this.os)
            and (self.arch is None or self.arch == this.arch)
            and (self.device_tree is None or re.search(self.device_tree, tree, re.MULTILINE) is not None)
            and (self.soc is None or re.search(self.soc, this.soc or "") is not None)
            and (self.cpu_name is None or re.search(self.cpu_name, this.cpu_name or "") is not None)
            and (self.cpu_parts is None or self.cpu_parts == this.cpu_parts)
        )

    def describe(self) -> str:
        """Return the conditions in words."""
        values = msgspec.structs.asdict(self)
        return ", ".join(f"{name} is {value}" for name, value in values.items() if value is not None)


class Cores(Record, forbid_unknown_fields=True):
    """Number, name and clock rate of a device's cores of one kind. See SCHEMA.md, Cores."""

    kind: Literal["big", "mid", "little"]
    count: Annotated[int, msgspec.Meta(ge=1)]
    name: str
    max_mhz: int | None = None


class Variant(Record, forbid_unknown_fields=True):
    """A chip of a profile's family, with faster or slower memory. See SCHEMA.md, Variant."""

    name: str
    match: Rule
    memory_bandwidth_gb_s: Positive


class Profile(Record, forbid_unknown_fields=True):
    """The profile of one kind of device. See SCHEMA.md, Profile."""

    name: str
    description: str
    match: tuple[Rule, ...]
    device_class: Literal["auto", "server", "laptop", "board", "phone"]
    cores: tuple[Cores, ...]
    isa: tuple[str, ...]
    memory_bandwidth_gb_s: Positive
    decode_efficiency: Annotated[float, msgspec.Meta(gt=0, le=1)]
    prefill_ratio: Positive
    ram_gb: tuple[Positive, Positive]
    threads_decode: Count
    threads_prefill: Count
    affinity: Literal["big", "all"]
    quants: tuple[str, ...]
    n_ctx: Annotated[int, msgspec.Meta(ge=512)]
    context_tokens: dict[ContextBin, int]
    gpu_layers: Annotated[int, msgspec.Meta(ge=-1)]
    thermal: str
    sources: tuple[str, ...]
    unsourced: tuple[str, ...]
    gpu_backend: Literal["metal", "cuda", "vulkan", "opencl"] | None = None
    int8_tops: Positive | None = None
    thermal_limit_c: Positive | None = None
    variants: tuple[Variant, ...] = ()

    def __post_init__(self) -> None:
        """Check the order of the context sizes, and a GPU's backend.

        Raises ValueError, which msgspec turns into a DecodeError that names the place.
        """
        if self.gpu_layers and self.gpu_backend is None:
            raise ValueError("gpu_layers needs gpu_backend")
        sizes = [self.context_tokens.get(name, 0) for name in CONTEXT_BINS]
        if not all(lower < upper for lower, upper in pairwise([0, *sizes, self.n_ctx])):
            raise ValueError(f"context_tokens needs {' < '.join(CONTEXT_BINS)}, all below n_ctx")


class Detected(Record):
    """A profile fitted to one device.

    The device class "auto" and thread counts of 0 are replaced by real values.
    """

    profile: Profile
    device: device.Device
    why: str
    """Reason for the choice of this profile, in one line."""

    @property
    def pinned_cpus(self) -> tuple[int, ...]:
        """Logical CPUs to which compute threads are pinned; empty: none."""
        return self.device.big_cpus if self.profile.affinity == "big" else ()


class Speeds(Record):
    """Speeds of one model on this device, in tokens per second. For one request at a time."""

    prefill_tokens_per_s: float
    decode_tokens_per_s: float
    measured: bool
    """Whether the speeds were measured. False: predicted from memory bandwidth."""


def folder() -> Traversable:
    """Return the folder of the profiles. Raises SanderlingError if the installation lacks it."""
    packaged = resources.files("sanderling") / "device_profiles"
    source_tree = Path(__file__).resolve().parents[3] / "device_profiles"
    for candidate in (packaged, source_tree):
        if (candidate / f"{FALLBACK}.toml").is_file():
            return candidate
    raise SanderlingError(
        "the device profiles are missing from the installation: run  pip install --force-reinstall sanderling"
    )


def names() -> tuple[str, ...]:
    """Return the sorted names of all profiles."""
    return tuple(sorted(entry.name[:-5] for entry in folder().iterdir() if entry.name.endswith(".toml")))


def load(name: str) -> Profile:
    """Read a profile from its file.

    :func:`choose` also fits it to a device. Raises UsageError for a name that does not exist and for a file that breaks
    the schema.
    """
    known = names()
    if name not in known:
        raise UsageError(f"there is no device profile {name!r}: choose auto or one of {', '.join(known)}")
    try:
        return msgspec.toml.decode((folder() / f"{name}.toml").read_bytes(), type=Profile)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"device_profiles/{name}.toml: {error}") from error


def detect(this: device.Device | None = None) -> Detected:
    """Choose the profile for a device, and fit it to the device. ``this`` None: the device this process runs on."""
    return choose(AUTO, this)


def choose(name: str = AUTO, this: device.Device | None = None) -> Detected:
    """Choose a profile by name, and fit it to a device.

    The name ``auto`` chooses the first profile that has a matching rule, or else a generic one. ``this`` None: the
    device this process runs on. Raises UsageError for an unknown name.
    """
    this = this or device.read()
    if name != AUTO:
        return Detected(profile=_fit(load(name), this), device=this, why=f"{name}: chosen by the caller")
    for profile in map(load, names()):
        for rule in profile.match:
            if rule.matches(this):
                return Detected(profile=_fit(profile, this), device=this, why=f"{profile.name}: {rule.describe()}")
    what = this.machine or this.soc or this.cpu_name or f"{this.os} on {this.arch}"
    return Detected(profile=_fit(load(FALLBACK), this), device=this, why=f"{FALLBACK}: no profile knows {what}")


def _fit(profile: Profile, this: device.Device) -> Profile:
    """Replace the profile's automatic values by those of the device.

    They are the device class "auto", thread counts of 0 and the bandwidth of a variant. All thread counts are limited
    to ``this.compute_threads``.
    """
    threads = this.compute_threads
    bandwidths = [each.memory_bandwidth_gb_s for each in profile.variants if each.match.matches(this)]
    return msgspec.structs.replace(
        profile,
        device_class=this.form_factor if profile.device_class == "auto" else profile.device_class,
        memory_bandwidth_gb_s=bandwidths[0] if bandwidths else profile.memory_bandwidth_gb_s,
        threads_decode=min(profile.threads_decode or threads, threads),
        threads_prefill=min(profile.threads_prefill or threads, threads),
    )


def predict(profile: Profile, model_bytes: int, parameters: int, *, model_id: str = "", quant: str = "") -> Speeds:
    """Return a model's measured speeds; without a measurement, return predicted speeds.

    Measurements are looked up by ``model_id`` and ``quant``; without a ``model_id``, speeds are always predicted.

    Decoding reads every weight once per token, so its speed is ``decode_efficiency * bandwidth / model_bytes``. Prefill
    is bound by arithmetic, which does not shrink with the file; its speed is ``prefill_ratio`` times the decode speed
    of a Q4_0 file with as many parameters. Raises ValueError for sizes that are not positive.
    """
    if model_bytes <= 0 or parameters <= 0:
        raise ValueError(f"model_bytes and parameters must be positive, got {model_bytes} and {parameters}")
    measured = calibration.lookup(model_id, quant, n_threads=profile.threads_decode) if model_id else None
    if measured is not None:
        return Speeds(
            prefill_tokens_per_s=measured.prefill_tokens_per_s,
            decode_tokens_per_s=measured.decode_tokens_per_s,
            measured=True,
        )
    achieved_bytes_per_s = profile.decode_efficiency * profile.memory_bandwidth_gb_s * 1e9
    return Speeds(
        prefill_tokens_per_s=profile.prefill_ratio * achieved_bytes_per_s / (parameters * Q4_0_BYTES_PER_PARAMETER),
        decode_tokens_per_s=achieved_bytes_per_s / model_bytes,
        measured=False,
    )

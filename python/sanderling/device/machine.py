"""Describes machine, system and build for benchmark reports.

The description is at the top of every report.
"""

from __future__ import annotations

import importlib.metadata
import platform
import re
import subprocess
from pathlib import Path

from . import read
from .record import Device


def machine_block(device: Device | None = None, *, kernels: str | None = None) -> dict[str, object]:
    """Return a description of machine, system and build.

    All its values can be represented in JSON. A None in it stands for what is not known. ``device`` None: this device.
    ``kernels`` None: the name reported by the Rust extension, if it is built.
    """
    device = device or read()
    return {
        "machine": device.machine,
        "cpu": device.cpu_name,
        "arch": device.arch,
        "cores": [{"kind": g.kind, "count": g.cores, "max_mhz": g.max_mhz, "name": g.name} for g in device.groups],
        "logical_cores": device.logical_cores,
        "compute_threads": device.compute_threads,
        "isa": list(device.isa),
        "ram_total_bytes": device.ram_total_bytes,
        "governor": device.governor,
        "os": platform.platform(),
        "python": platform.python_version(),
        "sanderling": _package_version(),
        "commit": _commit(),
        "kernels": kernels or _kernels(),
    }


def _package_version() -> str | None:
    try:
        return importlib.metadata.version("sanderling")
    except importlib.metadata.PackageNotFoundError:
        return None  # run from a source tree that was never installed


def _kernels() -> str | None:
    try:
        from .. import _core
    except ImportError:
        return None  # a source tree whose extension is not built has no kernels
    return f"{_core.kernels()} ({_core.build_profile})"


def _commit() -> str | None:
    """Return the commit of the source tree; None for an installed package.

    ``-dirty`` is appended if files differ from it.
    """
    top = Path(__file__).resolve().parents[3]
    if not (top / "Cargo.toml").exists():
        return None  # otherwise it would be the repository that happens to contain the virtual environment
    try:
        answer = subprocess.run(
            # Not `describe --dirty`: it always writes the index, and a read should change nothing.
            ["git", "--no-optional-locks", "-C", str(top), "status", "--porcelain=v2", "--branch", "-uno"],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    oid = re.search(r"^# branch\.oid (\w{12})", answer.stdout)
    changed = any(not line.startswith("#") for line in answer.stdout.splitlines())
    return f"{oid[1]}{'-dirty' if changed else ''}" if oid else None

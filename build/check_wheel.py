"""Wheels in, what is wrong with them out: files missing or astray against this source tree, tag, size.

A wheel that lacks a data file still installs and imports, so only a look inside tells. The tree is the list of what
belongs in: adding a module or a profile needs no change here.
"""

from __future__ import annotations

import re
import sys
import zipfile
from pathlib import Path

PACKAGE = "sanderling"
MAX_BYTES = 6_000_000
"""Of the compressed wheel. The extension is most of it; more than this means that something came along unseen."""
# A free-threaded or version-specific wheel would have to be built once per interpreter.
TAG = re.compile(r"-cp311-abi3-\w+(\.\w+)*\.whl$")
EXTENSION = re.compile(rf"{PACKAGE}/_core(\.abi3)?\.(so|pyd)")
# Copied into the package by the build (rust_core/py/build.rs), and by `maturin develop` into the tree as well.
CARRIED = ("device_profiles", "bench_device")
NEEDED = (
    f"{PACKAGE}/py.typed",
    f"{PACKAGE}/_core.pyi",
    f"{PACKAGE}/models/models.toml",
    f"{PACKAGE}/device_profiles/SCHEMA.md",
    f"{PACKAGE}/device_profiles/generic.toml",
    f"{PACKAGE}/bench_device/workloads/station/questions.jsonl",
)
"""Stand here by name as well, so that a tree that lost them is noticed."""


def expected(top: Path) -> set[str]:
    """Return the names that a wheel built from the tree at ``top`` has, without extension and metadata."""
    source = top / "python" / PACKAGE
    own = {path for path in _files(source) if path.relative_to(source).parts[0] not in CARRIED}
    names = {f"{PACKAGE}/{path.relative_to(source).as_posix()}" for path in own if path.suffix not in {".so", ".pyd"}}
    for folder in CARRIED:
        names |= {f"{PACKAGE}/{path.relative_to(top).as_posix()}" for path in _files(top / folder)}
    return names | set(NEEDED)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def problems(wheel: Path, top: Path) -> list[str]:
    """Return what is wrong with ``wheel`` against the tree at ``top``, one line each; empty when nothing is."""
    found: list[str] = []
    if not TAG.search(wheel.name):
        found.append(f"the tag is not cp311-abi3: {wheel.name}")
    if wheel.stat().st_size > MAX_BYTES:
        found.append(f"{wheel.stat().st_size:,} bytes, at most {MAX_BYTES:,} are allowed")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    metadata = {name for name in names if name.split("/")[0].endswith(".dist-info")}
    extensions = {name for name in names if EXTENSION.fullmatch(name)}
    if len(extensions) != 1:
        found.append(f"one extension module {PACKAGE}/_core is expected, found {sorted(extensions) or 'none'}")
    if not any(name.endswith("/licenses/LICENSE") for name in metadata):
        found.append("the licence is missing from the metadata")
    wanted = expected(top)
    found += [f"missing: {name}" for name in sorted(wanted - names)]
    found += [f"astray: {name}" for name in sorted(names - wanted - metadata - extensions)]
    return found


def main(wheels: list[str]) -> int:
    """Check each wheel; returns the exit code."""
    if not wheels:
        print("usage: check_wheel.py WHEEL...", file=sys.stderr)
        return 2
    bad = False
    for name in wheels:
        found = problems(Path(name), Path(__file__).resolve().parents[1])
        bad = bad or bool(found)
        for problem in found:
            print(f"{Path(name).name}: {problem}", file=sys.stderr)
        if not found:
            print(f"{Path(name).name}: whole, {Path(name).stat().st_size:,} bytes")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Check wheels against this tree: missing or stray files, tag, machine, size, licences.

A wheel that lacks a data file still installs and imports, so only a look inside tells. The tree is the list of what
belongs in, and maturin's bill of materials the list of the crates whose licences count: adding a module, a profile or a
crate under Apache-2.0 needs no change here.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

PACKAGE = "sanderling"
MAX_BYTES = 6_000_000
"""Largest size of a compressed wheel. The extension is most of it; a larger wheel holds something unintended."""
# A free-threaded or version-specific wheel would have to be built once per interpreter.
TAG = re.compile(r"-cp311-abi3-(\w+(?:\.\w+)*)\.whl$")
# e_machine of the ELF header (System V ABI, chapter 4), little-endian.
MACHINES = {"x86_64": 62, "aarch64": 183}
EXTENSION = re.compile(rf"{PACKAGE}/_core(\.abi3)?\.(so|pyd)")
# Copied into the package by the build (rust_core/py/build.rs), and by `maturin develop` into the tree as well.
CARRIED = ("device_profiles", "bench_device")
THIRD_PARTY = "build/THIRD_PARTY_LICENSES"
NEEDED = (
    f"{PACKAGE}/py.typed",
    f"{PACKAGE}/_core.pyi",
    f"{PACKAGE}/engines/chat_formats.toml",
    f"{PACKAGE}/models/models.toml",
    f"{PACKAGE}/device/published.toml",
    f"{PACKAGE}/memory/retrieve/attention.weights",
    f"{PACKAGE}/memory/retrieve/attention.md",
    f"{PACKAGE}/router/verifier/shipped.json",
    f"{PACKAGE}/server/page.html",
    f"{PACKAGE}/device_profiles/SCHEMA.md",
    f"{PACKAGE}/device_profiles/generic.toml",
    f"{PACKAGE}/bench_device/routing/open-small.jsonl.gz",
    f"{PACKAGE}/bench_device/workloads/station/questions.jsonl",
    f"{PACKAGE}/bench_device/workloads/vault/questions.jsonl",
    f"{PACKAGE}/bench_device/workloads/tasks/extraction.jsonl",
)
"""Files named here as well, so that the check fails if the tree itself lacks one of them."""


def expected(top: Path) -> set[str]:
    """Return the names of the files that a wheel from ``top`` must contain besides metadata and the compiled module."""
    source = top / "python" / PACKAGE
    own = {path for path in _files(source) if path.relative_to(source).parts[0] not in CARRIED}
    names = {f"{PACKAGE}/{path.relative_to(source).as_posix()}" for path in own if path.suffix not in {".so", ".pyd"}}
    for folder in CARRIED:
        names |= {f"{PACKAGE}/{path.relative_to(top).as_posix()}" for path in _files(top / folder)}
    return names | set(NEEDED)


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _tag_problems(wheel: Path, extension: bytes, platform: str | None) -> list[str]:
    tag = TAG.search(wheel.name)
    if not tag:
        return [f"the tag is not cp311-abi3: {wheel.name}"]
    found: list[str] = []
    platforms = tag[1].split(".")
    if platform is not None and platform not in platforms:
        found.append(f"the platform is {tag[1]}, not {platform}")
    # pip goes by the name alone, so that a wheel with another machine's code installs and then fails to import.
    machine = next((code for name, code in MACHINES.items() if platforms[0].endswith(name)), None)
    if machine and extension[:4] == b"\x7fELF" and int.from_bytes(extension[18:20], "little") != machine:
        found.append(f"the extension is not for the machine of {tag[1]}")
    return found


def _licence_problems(archive: zipfile.ZipFile, metadata: set[str]) -> list[str]:
    texts = {name.split("/licenses/")[1]: archive.read(name) for name in metadata if "/licenses/" in name}
    if not texts.keys() >= {"LICENSE", THIRD_PARTY}:
        return [f"a licence is missing from the metadata: LICENSE and {THIRD_PARTY} belong there"]
    bills = [name for name in metadata if name.endswith(".cyclonedx.json")]
    if not bills:
        return ["no bill of materials says which crates are inside: build with maturin 1.12.1 or later"]
    named = {line.split(" (")[0] for line in texts[THIRD_PARTY].decode().splitlines() if " (" in line}
    return [
        f"{crate['name']} is not under Apache-2.0: its licence belongs into {THIRD_PARTY}"
        for bill in bills
        for crate in json.loads(archive.read(bill)).get("components", [])
        if crate.get("scope") == "required" and not _apache(crate) and crate["name"] not in named
    ]


def _apache(crate: dict[str, Any]) -> bool:
    """Whether ``crate`` may be used under Apache-2.0, whose text is in LICENSE."""
    terms = [str(licence.get("expression", "")) for licence in crate.get("licenses", [])]
    return bool(terms) and all("Apache-2.0" in re.split(r" OR |/", term) for term in terms)


def problems(wheel: Path, top: Path, platform: str | None = None) -> list[str]:
    """Return one line for each difference of ``wheel`` from what the tree at ``top`` requires.

    ``platform`` is the tag it should have, such as `manylinux_2_28_aarch64`; None leaves it open.
    """
    found: list[str] = []
    if wheel.stat().st_size > MAX_BYTES:
        found.append(f"{wheel.stat().st_size:,} bytes, at most {MAX_BYTES:,} are allowed")
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
        metadata = {name for name in names if name.split("/")[0].endswith(".dist-info")}
        extensions = {name for name in names if EXTENSION.fullmatch(name)}
        found += _tag_problems(wheel, archive.read(min(extensions)) if extensions else b"", platform)
        found += _licence_problems(archive, metadata)
    if len(extensions) != 1:
        found.append(f"one extension module {PACKAGE}/_core is expected, found {sorted(extensions) or 'none'}")
    wanted = expected(top)
    found += [f"missing: {name}" for name in sorted(wanted - names)]
    found += [f"astray: {name}" for name in sorted(names - wanted - metadata - extensions)]
    return found


def main(arguments: list[str]) -> int:
    """Check each wheel and print its problems; return the exit code."""
    parser = argparse.ArgumentParser(prog="check_wheel.py", description=__doc__)
    parser.add_argument(
        "--platform", metavar="TAG", help="the platform tag that is expected, as manylinux_2_28_aarch64"
    )
    parser.add_argument("wheels", nargs="+", metavar="WHEEL")
    options = parser.parse_args(arguments)
    bad = False
    for name in options.wheels:
        found = problems(Path(name), Path(__file__).resolve().parents[1], options.platform)
        bad = bad or bool(found)
        for problem in found:
            print(f"{Path(name).name}: {problem}", file=sys.stderr)
        if not found:
            print(f"{Path(name).name}: whole, {Path(name).stat().st_size:,} bytes")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

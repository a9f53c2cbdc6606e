"""Check, for every supported platform, that the package index has wheels for all requirements in pyproject.toml.

Where it does, an installation needs no compiler and no Rust. pip resolves as it would there, and installs nothing. Run
by ``make check-platforms``; the exit code is 1 when the base installation lacks a wheel somewhere.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

PYTHONS = ("3.11", "3.14")
# Tags a system of that kind accepts, newest first; pip takes them literally and derives no older ones.
PLATFORMS = {
    "Linux x86_64, glibc": [f"{tag}_x86_64" for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")],
    "Linux aarch64, glibc": [f"{tag}_aarch64" for tag in ("manylinux_2_28", "manylinux_2_17", "manylinux2014")],
    "Linux x86_64, musl": ["musllinux_1_2_x86_64", "musllinux_1_1_x86_64"],
    "Linux aarch64, musl": ["musllinux_1_2_aarch64", "musllinux_1_1_aarch64"],
    "macOS 14 arm64": [f"macosx_{version}_0_{cpu}" for version in (14, 13, 12, 11) for cpu in ("arm64", "universal2")],
}
# Extras that users install; `llama` and parts of `bench` compile by design, `dev` is for people with the toolchain.
EXTRAS = ("prebuilt", "embed", "documents", "watch", "server", "download", "templates", "tiers")


def lacking(requirements: list[str], tags: list[str], python: str) -> str:
    """Return pip's error message if a requirement has no wheel for these tags, else an empty string."""
    platforms = [word for tag in tags for word in ("--platform", tag)]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--target", folder),
                *("--only-binary=:all:", "--implementation", "cp", "--python-version", python),
                *platforms,
                *requirements,
            ],
            capture_output=True,
            text=True,
            check=False,
        )
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR: ")]
    return "" if done.returncode == 0 else (said or done.stderr.splitlines() or ["pip failed"])[-1]


def main() -> int:
    """Check every platform, Python version and extra, and print the results; return the exit code."""
    top = Path(__file__).resolve().parents[1]
    project = tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    parts = {"base": project["dependencies"]} | {extra: project["optional-dependencies"][extra] for extra in EXTRAS}
    bad = False
    for platform, tags in PLATFORMS.items():
        for python in PYTHONS:
            found = {part: lacking(requirements, tags, python) for part, requirements in parts.items()}
            bad = bad or bool(found["base"])
            whole = [part for part, problem in found.items() if not problem]
            print(f"{platform}, Python {python}: {', '.join(whole) or 'nothing'}", flush=True)
            for part, problem in found.items():
                if problem:
                    print(f"    not {part}: {problem}", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

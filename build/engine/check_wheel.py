"""Check the size, the platform tag and the licences of an engine wheel.

The tag must fit the symbols that the libraries need.

``python build/engine/check_wheel.py WHEEL``, with auditwheel on the PATH.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

MAX_BYTES = 7_000_000
LICENCES = {"LICENSE", "llama.cpp", "libc++", "libc++abi", "libunwind", "zig", "llamafile", "yarn"}


def problems(wheel: Path) -> list[str]:
    """Return the problems of ``wheel``, one line each."""
    found = []
    if wheel.stat().st_size > MAX_BYTES:
        found.append(f"{wheel.stat().st_size:,} bytes, at most {MAX_BYTES:,} are allowed")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        found += [f"empty: {name}" for name in names if archive.getinfo(name).file_size == 0]
    inside = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    found += [f"no licence of {name}" for name in sorted(LICENCES - inside)]
    shown = subprocess.run(["auditwheel", "show", str(wheel)], capture_output=True, text=True, check=True).stdout
    # The tag that fits best; ours may ask for a newer glibc, never for an older one.
    fits = re.search(r'manylinux_2_(\d+)_\w+"', " ".join(shown.split()))
    if fits is None or int(fits[1]) > 28:
        found.append(f"not a manylinux_2_28 wheel: {shown}")
    return found


def main() -> int:
    """Check the wheel named on the command line and return the exit code."""
    wheel = Path(sys.argv[1])
    found = problems(wheel)
    for problem in found:
        print(f"{wheel.name}: {problem}", file=sys.stderr)
    if not found:
        print(f"{wheel.name}: whole, {wheel.stat().st_size:,} bytes")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

"""Compiles empty stand-ins for the CUDA libraries that torch is linked with.

So torch imports without 2 GB of them. ``cuda_stubs.py FOLDER_OF_TORCH_LIB OUT``: reads which libraries and symbols
torch's own libraries want, with readelf and nm, and compiles one small library for each with gcc.
``cudaGetDeviceCount`` answers that there is no device.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

CUDA = re.compile(r"^lib(cud|cublas|cusp|cuf|cur|cusolver|nccl|nvrtc|nvsh|cupti|nvJit|nvtx)")
NAMED = re.compile(r"^(cu|nccl|nvrtc|nvsh|CUPTI|cupti|nvtx|nvJit)")
SYSTEM = ("GLIBC", "GCC", "CXXABI", "GOMP", "OMP", "LIBC")
NO_DEVICE = 100


def said(*command: str) -> str:
    """Return the output of a command."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def wanted(lib: Path) -> tuple[list[str], dict[str, set[str]]]:
    """Return the CUDA libraries that are missing, and the undefined symbols by their version."""
    files = [*lib.glob("*.so*"), *lib.parent.glob("_C*.so")]
    needed = {name for file in files for name in re.findall(r"NEEDED.*\[(.*)\]", said("readelf", "-dW", str(file)))}
    undefined: set[str] = set()
    defined: set[str] = set()
    for file in files:
        for line in said("nm", "-D", str(file)).splitlines():
            parts = line.split()
            if len(parts) == 2 and parts[0] == "U":
                undefined.add(parts[1])
            elif len(parts) == 3:
                defined.add(parts[2].partition("@")[0])
    symbols: dict[str, set[str]] = {}
    for each in undefined:
        name, _, version = each.partition("@")
        version = version.lstrip("@")
        if name not in defined and not version.startswith(SYSTEM):
            symbols.setdefault(version, set()).add(name)
    return sorted(name for name in needed - {file.name for file in files} if CUDA.match(name)), symbols


def main() -> None:
    """Compile the stand-ins."""
    lib, out = Path(sys.argv[1]), Path(sys.argv[2])
    out.mkdir(parents=True, exist_ok=True)
    missing, symbols = wanted(lib)
    loose = {name for name in symbols.get("", set()) if NAMED.match(name)}
    for number, library in enumerate(missing):
        versions = {
            version: names
            for version, names in symbols.items()
            if version == library or (version == "NVSHMEM" and "nvshmem" in library)
        }
        names = set().union(*versions.values(), loose if number == 0 else set())
        values = {name: NO_DEVICE if name == "cudaGetDeviceCount" else 0 for name in sorted(names)}
        source = out / "stub.c"
        source.write_text("".join(f"int {name}(void){{return {value};}}\n" for name, value in values.items()))
        command = ["gcc", "-shared", "-fPIC", "-O0", "-w", "-fno-builtin", f"-Wl,-soname,{library}"]
        if versions:
            script = out / "stub.map"
            lines = (f"{version} {{ global: {'; '.join(sorted(found))}; }};\n" for version, found in versions.items())
            script.write_text("".join(lines))
            command.append(f"-Wl,--version-script={script}")
        subprocess.run([*command, "-o", str(out / library), str(source)], check=True)
    print(f"{len(missing)} stand-ins in {out}")


if __name__ == "__main__":
    main()

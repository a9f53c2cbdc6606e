"""Pack the engine's libraries into a wheel, with the licences of all code inside them.

``python build/engine/pack.py ARCH WORK OUT``: WORK is the folder that build/engine.sh works in. The wheel has no Python
ABI: a module that says where the libraries are, and the libraries.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
BUILD = 2
"""Number of our build of one release of llama-cpp-python, the last part of the version: raise it with every change."""
MODULE = '''"""The libraries of llama.cpp, one for each kind of CPU; importing this loads none of them."""

from pathlib import Path


def path() -> Path:
    """Return the folder of the libraries."""
    return Path(__file__).parent / "lib"
'''
METADATA = """Metadata-Version: 2.4
Name: sanderling-engine
Version: {version}
Summary: llama.cpp with kernels for each kind of CPU, for Sanderling
License-Expression: Apache-2.0 AND MIT AND Apache-2.0 WITH LLVM-exception
{licences}
Requires-Python: >=3.11

llama.cpp as it is in llama-cpp-python {release}, with two changes (build/engine in Sanderling's source): the list of
CPUs, and threads that sleep after waiting a while for one another.
"""


def version() -> tuple[str, str]:
    """Return the wheel's version, and the version of the llama-cpp-python release that it is built from."""
    source = (TOP / "build/engine/source.txt").read_text(encoding="utf-8")
    found = re.search(r"^llama-cpp-python==(\S+)", source, re.MULTILINE)
    assert found is not None
    return f"{found[1]}.{BUILD}", found[1]


def licences(work: Path) -> dict[str, str]:
    """Return the licence texts by the names they have in the wheel."""
    llama, zig = work / "source/vendor/llama.cpp", next(work.glob("venv/lib/python3*/site-packages/ziglang"))

    def comment(path: str, start: str) -> str:
        lines = (llama / path).read_text(encoding="utf-8").splitlines()
        first = next(number for number, line in enumerate(lines) if start in line)
        block = []
        for line in lines[first:]:
            if not line.startswith("//"):
                break
            block.append(line.removeprefix("//").strip())
        return "\n".join(block) + "\n"

    texts = {
        "LICENSE": TOP / "LICENSE",
        "llama.cpp": llama / "LICENSE",
        "libc++": zig / "lib/libcxx/LICENSE.TXT",
        "libc++abi": zig / "lib/libcxxabi/LICENSE.TXT",
        "libunwind": zig / "lib/libunwind/LICENSE.TXT",
        "zig": zig / "LICENSE",
    }
    found = {name: path.read_text(encoding="utf-8") for name, path in texts.items()}
    found["llamafile"] = comment("ggml/src/ggml-cpu/llamafile/sgemm.cpp", "Copyright 2024 Mozilla Foundation")
    found["yarn"] = comment("ggml/src/ggml-cpu/ops.cpp", "MIT licensed. Copyright (c) 2023 Jeffrey Quesnelle")
    return found


def pack(architecture: str, work: Path, out: Path) -> Path:
    """Write the wheel into ``out`` and return its path.

    The same libraries give the same bytes.
    """
    number, release = version()
    tag = f"py3-none-manylinux_2_28_{architecture}"
    info = f"sanderling_engine-{number}.dist-info"
    terms = licences(work)
    named = "\n".join(f"License-File: {name}" for name in sorted(terms))
    files = {
        f"sanderling_engine/lib/{path.name}": path.read_bytes() for path in (work / architecture / "bin").glob("*.so")
    }
    files["sanderling_engine/__init__.py"] = MODULE.encode()
    files |= {f"{info}/licenses/{name}": text.encode() for name, text in terms.items()}
    files[f"{info}/METADATA"] = METADATA.format(version=number, release=release, licences=named).encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: sanderling build/engine\nRoot-Is-Purelib: false\nTag: {tag}\n".encode()
    )
    record = ""
    for name, content in sorted(files.items()):
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        record += f"{name},sha256={digest},{len(content)}\n"
    files[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    wheel = out / f"sanderling_engine-{number}-{tag}.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items(), key=lambda item: (".dist-info/" in item[0], item[0])):
            entry = zipfile.ZipInfo(name)  # of 1980: no time of the build
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return wheel


if __name__ == "__main__":
    print(pack(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])))

"""Tests stand where what they test stands: ``tests/memory/test_index.py`` is for ``memory/index.py``, and so on."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tree import texts, tracked

# Tests of a behaviour that many modules share, by folder; each says in its header which.
ACROSS = {
    "": {
        *(
            "budget",
            "clients",
            "docs",
            "extras",
            "full_disk",
            "import",
            "layers",
            "mirror",
            "pages",
            "packaging",
            "prose",
            "regular_files",
            "release",
            "threads",
        ),
        *("public_surface", "rust_modules", "sql_boundary"),
    },
    "bench_device": {"interrupted"},
    "bench_device/workloads": {"station", "vault"},
    "server": {"page_in_browser"},
    "cli": {
        *("bad_input", "bench_interrupted", "bench_isolated", "commands", "damaged_memory", "damaged_models"),
        *("filter_options", "folder_commands", "media", "memory_commands", "models_add", "number_options"),
        *("privacy_commands", "process"),
        *("requantize", "router_commands", "router_online", "surroundings", "terminal"),
    },
    "conversations": {"restart"},
    "device": {"detection", "device"},
    "engines": {"conformance", "products", "sleeping_wait", "storm"},
    "memory": {"crash", "damaged_values", "lost_file", "read_only", "snapshot", "torture"},
    "models": {"lfm2_memory"},
    "models/chat": {"parity"},
    "router": {"shipped"},
    "stages": {"no_thoughts"},
    "telemetry": {"forget"},
    "tiers": {"real_server"},
}
WHOLE_FOLDERS = {"examples", "fuzz", "helpers", "kills", "privacy", "seam"}


def test_every_test_file_has_its_module() -> None:
    files = set(tracked())
    folders = {str(PurePosixPath(name).parent) for name in files}
    lost = []
    for name in files:
        path = PurePosixPath(name)
        if path.parts[0] != "tests" or not path.name.startswith("test_") or path.parts[1] in WHOLE_FOLDERS:
            continue
        folder, stem = PurePosixPath(*path.parts[1:-1]), path.stem.removeprefix("test_")
        root = PurePosixPath() if folder.parts[:1] == ("bench_device",) else PurePosixPath("python/sanderling")
        module = str(root / folder / stem)
        inside = "" if str(folder) == "." else str(folder)
        if f"{module}.py" not in files and module not in folders and stem not in ACROSS.get(inside, ()):
            lost.append(name)
    assert sorted(lost) == []


def test_no_test_imports_another() -> None:
    """What two of them need is in ``tests/helpers``."""
    tests = ((name, text) for name, text in texts(".py") if name.startswith("tests/"))
    importing = re.compile(r"^(from|import) test_", re.MULTILINE)
    assert [name for name, text in tests if importing.search(text)] == []

"""What other libraries send home is off before they are loaded, whoever asks for them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tree import texts

from sanderling import doctor, optouts
from sanderling.bench_device.peers.child import QUIET

IMPORTED = re.compile(
    r"""(?m)^\s*(?:import|from)\ onnxruntime\b   # a statement, or a line of a program in quotes
    |["';]\s*(?:import|from)\ onnxruntime\b
    |(?:import_module|importorskip|__import__|run_module)\(\s*["']onnxruntime\b""",
    re.VERBOSE,
)
FOUND = (
    "import onnxruntime",
    "  from onnxruntime import x",
    "'import onnxruntime as o'",
    "x; import onnxruntime.tools",
)


def fresh(program: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program in a new process, with no variable set but ``env``."""
    kept = {name: value for name, value in os.environ.items() if name not in optouts.VARIABLES.values()}
    return subprocess.run(
        [sys.executable, "-c", program],
        check=True,
        capture_output=True,
        text=True,
        env={**kept, "PYTHONPATH": os.pathsep.join(sys.path), **env},
    )


def test_onnxruntime_is_imported_in_one_place() -> None:
    assert all(map(IMPORTED.search, (*FOUND, 'pytest.importorskip("onnxruntime")')))
    itself = Path(__file__).name
    found = [name for name, text in texts(".py", ".sh", ".md", "Makefile", ".yml") if IMPORTED.search(text)]
    # A peer runs in an environment without our package, and sets the variables itself before it imports anything.
    peer = "bench_device/peers/child.py"
    assert [name for name in found if not name.endswith(itself)] == [peer, "python/sanderling/optouts.py"]
    assert {QUIET[variable] for variable in optouts.VARIABLES.values()} == {"1"}


@pytest.mark.parametrize("module", ["sanderling", "sanderling.engines.serve", "sanderling.bench_device"])
def test_importing_any_part_turns_it_off_for_this_process_and_its_children(module: str) -> None:
    child = f"import os, json; print(json.dumps([os.environ.get(name) for name in {list(optouts.VARIABLES.values())}]))"
    program = f"import subprocess, sys, {module}; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    for env in ({}, dict.fromkeys(optouts.VARIABLES.values(), "0")):
        done = fresh(program, **env)
        assert json.loads(done.stdout) == ["1"] * len(optouts.VARIABLES)
        assert done.stderr == ""


BEFORE = (
    "import sys, types; sys.modules['onnxruntime'] = types.ModuleType('onnxruntime')\nimport sanderling.doctor as d\n"
)


def test_a_library_that_was_there_before_is_told_of() -> None:
    done = fresh(f"{BEFORE}print(d._telemetry()[0])")
    assert "<string>:2: RuntimeWarning: onnxruntime was imported before sanderling" in done.stderr
    assert done.stdout == "fail\n"
    quiet = fresh(f"{BEFORE}print(d._telemetry()[0])", ORT_DISABLE_TELEMETRY="1")
    assert (quiet.stdout, quiet.stderr) == ("ok\n", "")


def test_doctor_shows_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))

    def finding() -> doctor.Finding:
        return next(each for each in doctor.examine(tmp_path / "m", None, "auto") if each.part == "telemetry")

    assert finding().status == "ok"
    assert all(library in finding().message for library in optouts.VARIABLES)
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    assert finding().status == "fail"

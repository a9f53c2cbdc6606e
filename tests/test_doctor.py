"""What doctor says of the engine; ``tests/cli`` runs the command."""

from __future__ import annotations

from pathlib import Path

import msgspec
from gguf_files import lfm2_bytes

from sanderling import doctor
from sanderling.device import profiles
from sanderling.engines import choose
from sanderling.engines.probe import Probe
from sanderling.engines.protocol import LoadSpec

RUNS = Probe(ok=True, message="tiny runs on sanderling_engine 1+any", system_info="CPU : AVX2 = 1 | NEON = 1 | ")
DIED = Probe(ok=False, message="the worker of tiny was ended by signal 4", died=True)


def engine_finding(monkeypatch, tmp_path: Path, isa: tuple[str, ...], **probes: Probe) -> tuple[str, str]:
    """Return doctor's finding of an engine that reports ``probes``, by the variant asked for ("best": none)."""

    def probe(spec: LoadSpec, engine: str) -> Probe:
        return probes.get(spec.cpu_variant or "best", DIED)

    detected = profiles.detect()
    detected = msgspec.structs.replace(detected, device=msgspec.structs.replace(detected.device, isa=isa))
    monkeypatch.setattr(profiles, "detect", lambda: detected)
    monkeypatch.setattr(choose, "_INSTALLED", {"sanderling_engine": lambda: True})
    monkeypatch.setattr("sanderling.engines.probe.probe", probe)
    model = tmp_path / "tiny.gguf"
    model.write_bytes(lfm2_bytes())
    return doctor._engine(str(model), "auto")


def test_kernels_that_use_the_cpu_are_fine(monkeypatch, tmp_path):
    status, message = engine_finding(monkeypatch, tmp_path, ("avx2", "neon"), best=RUNS)
    assert (status, message) == ("ok", RUNS.message)


def test_kernels_that_leave_much_of_the_cpu_unused_are_noted_with_the_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("sys.platform", "linux")
    status, message = engine_finding(monkeypatch, tmp_path, ("neon", "dotprod", "i8mm"), best=RUNS)
    assert status == "note"
    assert message.startswith(RUNS.message)
    assert "dotprod, i8mm" in message
    assert "make engine" in message


def test_kernels_that_crash_are_named_with_those_that_run(monkeypatch, tmp_path):
    status, message = engine_finding(monkeypatch, tmp_path, ("avx2",), x64=RUNS)
    assert status == "fail"
    assert message.startswith(DIED.message)
    assert message.endswith("set SANDERLING_CPU_VARIANT=x64")


def test_an_engine_whose_kernels_all_crash_is_a_failure(monkeypatch, tmp_path):
    assert engine_finding(monkeypatch, tmp_path, ("avx2",)) == ("fail", DIED.message)

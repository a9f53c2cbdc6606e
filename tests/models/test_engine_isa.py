from __future__ import annotations

import pytest

from sanderling.device import Device
from sanderling.models import engine_isa as module
from sanderling.models.engine_isa import engine_isa
from sanderling.models.repack import repacked_types

ZEN = Device(os="linux", arch="x86_64", isa=("avx", "avx2", "fma", "avx512f", "avx512_vnni"))
PI = Device(os="linux", arch="aarch64", isa=("neon", "dotprod", "fp16"))
MAC = Device(os="darwin", arch="aarch64", isa=("neon", "dotprod", "fp16", "i8mm"))


@pytest.mark.parametrize(
    ("this", "engine", "expected"),
    [
        (ZEN, "xllamacpp", ("avx", "avx2", "fma")),
        (ZEN, "llama_cpp", ("avx", "avx2", "fma")),
        (ZEN, "sanderling_engine", ZEN.isa),
        (PI, "xllamacpp", ("neon",)),
        (PI, "llama_cpp", PI.isa),
        (MAC, "xllamacpp", ("neon", "dotprod", "fp16")),
    ],
)
def test_each_build_uses_what_it_was_compiled_for(this: Device, engine: str, expected: tuple[str, ...]) -> None:
    assert engine_isa(this, engine) == expected


def test_the_prebuilt_engine_rearranges_nothing_on_arm() -> None:
    assert repacked_types(engine_isa(PI, "xllamacpp")) == {}
    assert 2 in repacked_types(engine_isa(PI, "llama_cpp"))


def test_without_a_name_it_is_the_best_installed_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    for installed, expected in ((["xllamacpp"], ("neon",)), (["llama_cpp", "xllamacpp"], PI.isa), ([], PI.isa)):
        monkeypatch.setattr(module, "available", lambda names=installed: names)
        assert engine_isa(PI) == engine_isa(PI, "auto") == expected

from __future__ import annotations

import msgspec
import pytest
from gguf_files import lfm2_header

from sanderling.device import Device, profiles
from sanderling.models import offload
from sanderling.models.better_quant import quicker
from sanderling.models.gguf import GgufHeader, TensorInfo
from sanderling.models.synth.shapes import SHAPES
from sanderling.models.synth.write import header_of

Q4_0, Q4_1, Q5_0, Q8_0, Q4_K, IQ4_NL = 2, 3, 6, 8, 12, 20


def header(kind: int) -> GgufHeader:
    layer = TensorInfo(name="blk.0.ffn_up.weight", dims=(256, 4096), kind=kind, offset=0)
    output = TensorInfo(name="output.weight", dims=(256, 1024), kind=Q8_0, offset=0)
    return msgspec.structs.replace(lfm2_header(), tensors=(layer, output))


@pytest.mark.parametrize(
    ("arch", "isa", "engine", "kind", "expected"),
    [
        ("x86_64", ("avx2",), "xllamacpp", Q4_1, ("IQ4_NL", "Q4_0", "Q8_0")),
        ("x86_64", ("avx2",), "xllamacpp", Q5_0, ("IQ4_NL", "Q4_0", "Q8_0")),
        ("x86_64", ("avx2",), "xllamacpp", Q4_0, ()),
        # Quicker than what could be made of it.
        ("x86_64", ("avx2",), "xllamacpp", Q4_K, ()),
        ("x86_64", ("avx2",), "sanderling_engine", IQ4_NL, ("Q4_0",)),
        ("x86_64", ("avx2",), "sanderling_engine", Q4_0, ()),
        ("x86_64", ("avx2", "avx512_vnni"), "sanderling_engine", Q4_1, ("IQ4_NL", "Q4_0", "Q8_0")),
        ("x86_64", ("avx2", "avx512_vnni"), "sanderling_engine", Q8_0, ("IQ4_NL", "Q4_0")),
        ("x86_64", ("avx2", "avx512_vnni"), "sanderling_engine", Q4_K, ()),
        ("x86_64", ("avx2", "avx512_vnni"), "sanderling_engine", Q4_0, ()),
        ("aarch64", ("neon", "dotprod"), "sanderling_engine", Q5_0, ("IQ4_NL", "Q4_0", "Q8_0")),
        ("aarch64", ("neon", "dotprod"), "sanderling_engine", Q4_K, ()),
        ("aarch64", ("neon", "dotprod"), "xllamacpp", Q5_0, ()),
    ],
)
def test_only_what_is_quicker_with_the_engines_kernels(arch, isa, engine, kind, expected) -> None:
    detected = profiles.choose("generic", Device(os="linux", arch=arch, isa=isa))
    assert quicker(header(kind), detected, engine) == expected


def test_on_a_gpu_nothing_is_rearranged(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offload, "gpu_backends", lambda engine: frozenset({"cuda"}))
    detected = profiles.choose("jetson_orin_nano", Device(os="linux", arch="aarch64", isa=("dotprod",)))
    assert quicker(header(Q4_1), detected, "llama_cpp") == ()


def test_the_published_forms_of_lfm2_need_no_other_with_avx2() -> None:
    detected = profiles.choose("x86_laptop", Device(os="linux", arch="x86_64", isa=("avx2",)))
    for quant in ("Q4_0", "Q4_K_M", "Q5_K_M"):
        assert quicker(header_of(SHAPES["lfm2-350m"], quant), detected, "xllamacpp") == ()

"""Predictions on header fields, against what llama.cpp logged and what workers had resident (x86-64, one thread).

The headers are those of the shapes; the numbers were read from llama-cpp-python 0.3.36 loading files of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from gguf_files import gguf_bytes, write_lfm2

from sanderling.models.footprint import footprint
from sanderling.models.gguf import read_header
from sanderling.models.repack import repacked, repacked_types
from sanderling.models.synth.shapes import SHAPES
from sanderling.models.synth.write import header_of

AVX2 = repacked_types(("avx2", "fma", "avx512f"))
MIB = 2**20


@pytest.mark.parametrize(
    "model_id, quant, n_ctx, mapped_mib, repacked_mib, kv_mib, peak_bytes",
    [
        ("lfm2-350m", "Q4_0", 2048, 199.28, 154.12, 24, 504_300_000),
        ("lfm2-350m", "Q4_0", 8192, 199.28, 154.12, 96, 587_500_000),
        ("lfm2-350m", "Q4_K_M", 2048, 216.41, 133.31, 24, 501_300_000),
        ("lfm2-700m", "Q4_0", 2048, 406.29, 344.25, 24, 936_800_000),
        ("lfm2-700m", "Q4_0", 8192, 406.29, 344.25, 96, 1_018_000_000),
        ("lfm2-1.2b", "Q4_0", 2048, 634.25, 555.75, 24, 1_408_300_000),
        ("lfm2-1.2b", "Q4_0", 8192, 634.25, 555.75, 96, 1_491_800_000),
        ("lfm2-1.2b", "Q4_K_M", 2048, 694.76, 482.62, 24, 1_395_900_000),
        ("lfm2-2.6b", "Q4_0", 2048, 1376.68, 1306.12, 32, 3_000_300_000),
        ("lfm2-2.6b", "Q4_0", 8192, 1376.68, 1306.12, 128, 3_108_700_000),
    ],
)
def test_the_need_is_what_was_measured(
    model_id: str, quant: str, n_ctx: int, mapped_mib: float, repacked_mib: float, kv_mib: float, peak_bytes: int
) -> None:
    found = footprint(header_of(SHAPES[model_id], quant), n_ctx, AVX2)
    # The log rounds to hundredths of a MiB.
    assert found.mapped_bytes / MIB == pytest.approx(mapped_mib, abs=0.006)
    assert found.repacked_bytes / MIB == pytest.approx(repacked_mib, abs=0.006)
    assert found.kv_bytes / MIB == kv_mib
    assert found.peak_rss_bytes == pytest.approx(peak_bytes, rel=0.1)


@pytest.mark.parametrize(
    "isa, quant, repacks, embedding_too",
    [
        ((), "Q4_0", False, False),
        (("avx2",), "Q4_0", True, False),
        (("avx2",), "Q4_K_M", True, False),
        (("avx2",), "Q5_K_M", False, False),
        (("avx2",), "Q8_0", False, False),
        # An output matrix of so many rows is not copied for our engine's kernels.
        (("avx2", "avx512_vnni"), "Q8_0", True, False),
        (("neon", "dotprod"), "Q4_0", True, True),
        (("neon", "dotprod"), "Q5_K_M", True, True),
        (("neon", "dotprod", "i8mm"), "Q8_0", True, True),
        (("neon",), "Q4_0", False, False),
        (("avx2",), "F16", False, False),
    ],
)
def test_the_processor_decides_what_is_held_twice(
    isa: tuple[str, ...], quant: str, repacks: bool, embedding_too: bool
) -> None:
    names = {tensor.name for tensor in repacked(header_of(SHAPES["lfm2-350m"], quant), repacked_types(isa))}
    assert ("blk.0.ffn_gate.weight" in names) == repacks
    assert ("token_embd.weight" in names) == embedding_too
    assert not any("norm" in name or "shortconv.conv" in name for name in names)


def test_an_embedding_with_an_output_beside_it_is_only_looked_up_in(tmp_path: Path) -> None:
    rows = 256 * 8 // 32 * 18
    tensors = {name: ((256, 8), 2, rows) for name in ("token_embd.weight", "output.weight")}
    keys: dict[str, object] = {"general.architecture": "llama"}
    (tmp_path / "m.gguf").write_bytes(gguf_bytes(keys, tensors))
    header = read_header(tmp_path / "m.gguf")
    assert [tensor.name for tensor in repacked(header, AVX2)] == ["output.weight"]
    # The file's copy of the output matrix is the last thing in it, and is given back after loading.
    assert footprint(header, 512, AVX2).mapped_bytes == rows


def test_the_working_set_leaves_out_what_is_not_read_again() -> None:
    header = header_of(SHAPES["lfm2-350m"], "Q4_0")
    found = footprint(header, 2048, AVX2)
    assert found.idle_bytes < found.repacked_bytes
    assert found.working_set_bytes == found.peak_rss_bytes - found.idle_bytes
    plain = footprint(header, 2048, {})
    assert plain.working_set_bytes == plain.peak_rss_bytes
    # Either way each weight is held once; the rearranged ones at the end of the file are not in its mapped part.
    assert found.working_set_bytes == plain.working_set_bytes


def test_context_batch_and_cache_type_count(tmp_path: Path) -> None:
    header = read_header(write_lfm2(tmp_path / "tiny.gguf"))
    small, large = footprint(header, 1000, {}), footprint(header, 1025, {})
    assert (small.kv_bytes, large.kv_bytes) == (1024 * 2048, 1280 * 2048)
    assert small.recurrent_bytes == 3 * 256 * 2 * 4
    assert footprint(header, 1024, {}, kv_type="q8_0").kv_bytes == 1024 * 2048 * 34 // 64
    # 512 tokens less of 1.1 copies as wide as the model in f32 and of two bytes for each of 1,024 tokens of context.
    wide, narrow = footprint(header, 1024, {}, n_ubatch=1024), footprint(header, 1024, {}, n_ubatch=512)
    assert wide.compute_bytes - narrow.compute_bytes == pytest.approx(512 * (1.1 * 256 * 4 + 2 * 1024), abs=2)

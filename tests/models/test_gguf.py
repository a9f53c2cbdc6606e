from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import pytest
from gguf_files import gguf_bytes, lfm2_bytes, write_lfm2
from hypothesis import given
from hypothesis import strategies as st

from sanderling.errors import ModelUnavailable
from sanderling.models.gguf import GgufHeader, read_header


def test_reads_what_the_file_says(tmp_path: Path) -> None:
    header = read_header(write_lfm2(tmp_path / "tiny.gguf"))
    assert (header.architecture, header.name, header.block_count) == ("lfm2", "tiny", 4)
    assert header.head_count_kv == (0, 0, 8, 0)
    assert (header.key_length, header.value_length) == (64, 64)
    assert header.kv_bytes_per_token == 8 * (64 + 64) * 2
    assert header.recurrent_bytes == 3 * 256 * 2 * 4
    assert (header.vocab_size, header.context_length, header.parameters) == (3, 32768, 256 * 3 + 256)
    assert header.least_bytes == header.file_bytes == len(lfm2_bytes())


def test_one_head_count_holds_for_every_layer(tmp_path: Path) -> None:
    keys: dict[str, object] = {
        "general.architecture": "gemma3",
        "gemma3.block_count": 18,
        "gemma3.embedding_length": 640,
        "gemma3.attention.head_count": 4,
        "gemma3.attention.head_count_kv": 1,
        "gemma3.attention.key_length": 256,
        "gemma3.attention.value_length": 256,
    }
    (tmp_path / "g.gguf").write_bytes(gguf_bytes(keys, {"norm.weight": ((8,), 0, 32)}))
    header = read_header(tmp_path / "g.gguf")
    assert header.kv_bytes_per_token == 18_432  # 18 layers of one head of 256, keys and values, two bytes each
    assert header.recurrent_bytes == 0


@pytest.mark.parametrize("cut", [0, 3, 10, 40, 300, 70_500, -1, -1024])
def test_every_cut_is_seen(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(lfm2_bytes()[:cut])
    with pytest.raises(ModelUnavailable, match="pull it again"):
        read_header(path)


def test_an_absent_file_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="cannot be read"):
        read_header(tmp_path / "none.gguf")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"not a model", "begin with GGUF"),
        (b"GGUF" + struct.pack("<IQQ", 1, 0, 0), "version 1"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**63), "65536 entries"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 2**62), "truncated"),
        (gguf_bytes({"general.architecture": 7}, {}), "general.architecture"),
        (gguf_bytes({"general.architecture": "x", "x.block_count": "many"}, {}), "x.block_count"),
        (gguf_bytes({"general.architecture": "x", "x.block_count": 70_000}, {}), "block_count"),
        (
            gguf_bytes({"general.architecture": "x", "x.block_count": 2, "x.attention.head_count_kv": (8, 8, 8)}, {}),
            "block_count",
        ),
        (gguf_bytes({"general.architecture": "x", "general.alignment": 0}, {}), "alignment"),
        (gguf_bytes({"general.architecture": "x"}, {}), "no weights"),
        (gguf_bytes({"general.architecture": "x"}, {"empty": ((0, 8), 0, 0)}), "no weights"),
        (lfm2_bytes(keys={"lfm2.context_length": 0}), "context of 0"),
        (lfm2_bytes(keys={"tokenizer.ggml.bos_token_id": 3}), "bos_token_id"),
        (lfm2_bytes(keys={"tokenizer.ggml.eos_token_id": 2**32 - 1}), "eos_token_id"),
        (lfm2_bytes(keys={"tokenizer.ggml.eot_token_id": "last"}), "eot_token_id"),
        # An array of 2**60 strings in a file of a hundred bytes.
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + struct.pack("<Q", 1) + b"k" + struct.pack("<IIQ", 9, 8, 2**60),
            "truncated",
        ),
    ],
)
def test_malformed_headers_are_named(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable, match=why):
        read_header(path)


@given(st.data())
def test_no_bytes_raise_anything_else(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    whole = bytearray(lfm2_bytes())
    # Changes in the part that is parsed: before and after the long template.
    places = st.one_of(st.integers(0, 600), st.integers(len(whole) - 1800, len(whole) - 1))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(places)] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "mutated.gguf"
    path.write_bytes(whole)
    with contextlib.suppress(ModelUnavailable):
        assert isinstance(read_header(path), GgufHeader)

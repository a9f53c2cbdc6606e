from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanderling.models.recipe import onnx_file
from sanderling.models.recipe.onnx_file import OnnxWriter


@given(st.integers(0, 2**64 - 1))
def test_varints_are_read_back(value: int) -> None:
    data, found = onnx_file._varint(value), 0
    for at, byte in enumerate(data):
        found |= (byte & 0x7F) << 7 * at
        assert (byte > 0x7F) == (at < len(data) - 1)
    assert found == value


def test_what_is_written_is_what_onnx_reads() -> None:
    onnx = pytest.importorskip("onnx", reason="the export extra is not installed")
    graph = OnnxWriter()
    values = [np.array([[1.5, -2]], np.float32), np.array([-3, 4], np.int8), np.array(5, np.uint8), np.array([-6])]
    for number, value in enumerate(values):
        graph.weight(f"w{number}", value)
    twice = graph.node("Split", ["x", ""], 2, axis=-1)
    graph.node("Some", [f"{twice}_1"], "y", "com.microsoft", alpha=0.5, axes=(-1, 300))
    model = onnx.load_from_string(b"".join(graph.encode("name", {"x": (1, "n")}, {"y": (1, 2)})))
    assert model.ir_version == onnx_file.IR_VERSION
    assert {each.domain: each.version for each in model.opset_import} == onnx_file.OPSETS
    assert model.graph.name == "name"
    for kept, value in zip(model.graph.initializer, values, strict=True):
        read = onnx.numpy_helper.to_array(kept)
        np.testing.assert_array_equal(read, value)
        assert read.dtype == value.dtype
    split, some = model.graph.node
    assert (list(split.input), list(split.output), split.attribute[0].i) == (["x", ""], ["v1", "v1_1"], -1)
    assert (some.domain, list(some.output)) == ("com.microsoft", ["y"])
    assert {each.name: onnx.helper.get_attribute_value(each) for each in some.attribute} == {
        "alpha": 0.5,
        "axes": [-1, 300],
    }
    (x,), (y,) = model.graph.input, model.graph.output
    assert [(d.dim_value, d.dim_param) for d in x.type.tensor_type.shape.dim] == [(1, ""), (0, "n")]
    assert (x.type.tensor_type.elem_type, y.type.tensor_type.elem_type) == (7, 1)

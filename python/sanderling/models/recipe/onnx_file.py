"""Writes ONNX models without the package ``onnx``.

It would be the largest dependency of a pull. Protocol buffers are tagged values: a field's number and wire type, then a
varint or a length and that many bytes. The same calls give the same bytes with every version of every library, so the
hash of what is written can be pinned. The field numbers are those of ``onnx.proto3``; the tests read the result with
``onnx`` itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
"""Oldest version of the ONNX format with operator set 17."""
OPSETS = {"": 17, "com.microsoft": 1}
"""Operator sets used: ONNX's own and ONNX Runtime's."""
DATA_TYPES = {"float32": 1, "uint8": 2, "int8": 3, "int32": 6, "int64": 7}
"""``TensorProto.DataType`` of each NumPy type."""
_FLOAT, _INT, _INTS = 1, 2, 7
_VARINT, _BYTES, _FIXED32 = 0, 2, 5

Attribute = int | float | Sequence[int]


class OnnxWriter:
    """Collects a graph's nodes and weights, and encodes them."""

    def __init__(self) -> None:
        """Start with an empty graph."""
        self._nodes: list[bytes] = []
        self._weights: list[bytes] = []
        self._values = 0

    def weight(self, name: str, value: NDArray[np.generic]) -> str:
        """Add a constant tensor, and return the tensor's name."""
        dims = b"".join(_varint_field(1, size) for size in value.shape)
        kind = _varint_field(2, DATA_TYPES[value.dtype.name])
        little = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        self._weights.append(dims + kind + _bytes_field(8, name.encode()) + _bytes_field(9, little.tobytes()))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], outputs: int | str = 1, domain: str = "", **attributes: Attribute
    ) -> str:
        """Add a node, and return the name of the node's first output.

        ``outputs``: how many outputs, which get names of their own, or the name of the only one. An input "" is absent.
        """
        if isinstance(outputs, str):
            names = [outputs]
        else:
            self._values += 1
            names = [f"v{self._values}" if number == 0 else f"v{self._values}_{number}" for number in range(outputs)]
        encoded = b"".join(_bytes_field(1, name.encode()) for name in inputs)
        encoded += b"".join(_bytes_field(2, name.encode()) for name in names)
        encoded += _bytes_field(4, operator.encode())
        encoded += b"".join(_bytes_field(5, _attribute(name, value)) for name, value in sorted(attributes.items()))
        self._nodes.append(encoded + (_bytes_field(7, domain.encode()) if domain else b""))
        return names[0]

    def encode(
        self, name: str, inputs: Mapping[str, Sequence[int | str]], outputs: Mapping[str, Sequence[int | str]]
    ) -> Iterable[bytes]:
        """Return the ONNX file in pieces.

        ``inputs`` are of int64 and ``outputs`` of float32; each is given with its shape, in which a text is a size that
        varies.
        """
        graph = [_bytes_field(1, node) for node in self._nodes]
        graph.append(_bytes_field(2, name.encode()))
        graph += [_bytes_field(5, weight) for weight in self._weights]
        graph += [_bytes_field(11, _value(each, "int64", shape)) for each, shape in inputs.items()]
        graph += [_bytes_field(12, _value(each, "float32", shape)) for each, shape in outputs.items()]
        yield _varint_field(1, IR_VERSION) + _bytes_field(2, b"sanderling")
        yield _tag(7, _BYTES) + _varint(sum(map(len, graph)))
        yield from graph
        for domain, version in OPSETS.items():
            yield _bytes_field(8, _bytes_field(1, domain.encode()) + _varint_field(2, version))


def _value(name: str, kind: str, shape: Sequence[int | str]) -> bytes:
    sizes = (_varint_field(1, size) if isinstance(size, int) else _bytes_field(2, size.encode()) for size in shape)
    dims = b"".join(_bytes_field(1, size) for size in sizes)
    tensor = _varint_field(1, DATA_TYPES[kind]) + _bytes_field(2, dims)
    return _bytes_field(1, name.encode()) + _bytes_field(2, _bytes_field(1, tensor))


def _attribute(name: str, value: Attribute) -> bytes:
    start = _bytes_field(1, name.encode())
    if isinstance(value, float):
        number = np.array(value, dtype="<f4").tobytes()
        return start + _tag(2, _FIXED32) + number + _varint_field(20, _FLOAT)
    if isinstance(value, int):
        return start + _varint_field(3, value) + _varint_field(20, _INT)
    return start + b"".join(_varint_field(8, each) for each in value) + _varint_field(20, _INTS)


def _bytes_field(number: int, content: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(content)) + content


def _varint_field(number: int, value: int) -> bytes:
    return _tag(number, _VARINT) + _varint(value)


def _tag(number: int, wire_type: int) -> bytes:
    return _varint(number << 3 | wire_type)


def _varint(value: int) -> bytes:
    rest = value & (1 << 64) - 1  # negative numbers are written as 64 bits
    out = bytearray()
    while rest > 0x7F:
        out.append(rest & 0x7F | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)

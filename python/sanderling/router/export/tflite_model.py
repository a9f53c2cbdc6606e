"""The router as a TFLite model for one row at a time, without TensorFlow.

``ai-edge-litert`` ships the flatbuffer classes of TFLite's schema, which this module fills in. TFLite has no softplus
operator, so it is expressed as ``max(y, 0) + log(1 + exp(−|y|))``, which does not overflow.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import MissingExtra
from ..fastgrnn import MAX_TEMPERATURE, Single, Weights
from .heads import HEADS, blend, metadata, product

_IDENTIFIER = b"TFL3"
_SCHEMA = 3
_INITIAL_BYTES = 1 << 16


def to_tflite(weights: Weights) -> bytes:
    """Return ``weights`` as a serialised TFLite model. Raises MissingExtra without the package ``ai-edge-litert``."""
    try:
        import flatbuffers
        from ai_edge_litert import schema_py_generated as schema
    except ImportError as error:
        raise MissingExtra("the export to TFLite", "export") from error

    graph = _Graph(schema)
    inputs, hidden = weights.mean.size, weights.b_z.size
    zeta, nu = blend(weights)
    features, before = graph.tensor("features", (1, inputs)), graph.tensor("hidden", (1, hidden))

    def constant(name: str, value: Any) -> int:
        return graph.tensor(name, (), np.atleast_1d(np.asarray(value, dtype=np.float32)))

    def add(operator: str, a: int, b: int, to: str, width: int = hidden) -> int:
        return graph.operator(operator, [a, b], to, width)

    one = constant("one", 1.0)
    x = add("SUB", features, constant("mean", weights.mean), "centred", inputs)
    x = add("DIV", x, constant("std", weights.std), "x", inputs)
    wx = graph.dense(x, product(weights.w), None, "wx")
    pre = add("ADD", wx, graph.dense(before, product(weights.u), None, "uh"), "pre")
    z = graph.operator("LOGISTIC", [add("ADD", pre, constant("b_z", weights.b_z), "gate_sum")], "z", hidden)
    candidate = add("ADD", pre, constant("b_h", weights.b_h), "candidate_sum")
    candidate = graph.operator("TANH", [candidate], "candidate", hidden)
    opened = add("MUL", add("SUB", one, z, "not_z"), constant("zeta", zeta), "opened")
    new = add("MUL", add("ADD", opened, constant("nu", nu), "blend"), candidate, "new")
    state = add("ADD", new, add("MUL", z, before, "kept"), "next_hidden")

    y = {
        name: graph.dense(
            state,
            weights.heads[rows].astype(np.float32),
            weights.bias[rows].astype(np.float32),
            name if rows.stop - rows.start > 1 else f"{name}_y",
        )
        for name, rows in HEADS.items()
    }
    t = y["temperature"]
    tail = graph.operator("EXP", [graph.operator("NEG", [graph.operator("ABS", [t], "abs", 1)], "neg", 1)], "exp", 1)
    tail = graph.operator("LOG", [add("ADD", tail, one, "one_more", 1)], "log", 1)
    softplus = add("ADD", graph.operator("RELU", [t], "relu", 1), tail, "softplus", 1)
    y["temperature"] = add("MINIMUM", softplus, constant("hottest", MAX_TEMPERATURE), "temperature", 1)
    share = graph.operator("LOGISTIC", [y["top_p"]], "top_p_share", 1)
    spread = add("MUL", share, constant("width", 0.3), "top_p_spread", 1)
    y["top_p"] = add("ADD", spread, constant("narrowest", 0.7), "top_p", 1)
    y["escalate"] = graph.operator("LOGISTIC", [y["escalate"]], "escalate", 1)

    model = graph.model([features, before], [state, *y.values()], metadata(weights))
    builder = flatbuffers.Builder(_INITIAL_BYTES)
    builder.Finish(model.Pack(builder), _IDENTIFIER)
    return bytes(builder.Output())


class _Graph:
    """A TFLite graph under construction: tensors, buffers and operators, in the order in which they were added.

    A tensor is identified by its index.
    """

    def __init__(self, schema: Any) -> None:
        self._schema = schema
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._codes: dict[str, int] = {}
        self._buffers = [schema.BufferT()]  # number 0 is the empty one, by the schema

    def tensor(self, name: str, shape: tuple[int, ...], values: Single | None = None) -> int:
        tensor = self._schema.TensorT()
        tensor.name, tensor.type, tensor.hasRank = name, self._schema.TensorType.FLOAT32, True
        tensor.shape = list(shape if values is None else values.shape)
        tensor.buffer = 0 if values is None else self._buffer(values.tobytes())
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def operator(self, name: str, inputs: Sequence[int], to: str, width: int, options: Any = None) -> int:
        operator = self._schema.OperatorT()
        operator.opcodeIndex = self._codes.setdefault(name, len(self._codes))
        operator.inputs, operator.outputs = list(inputs), [self.tensor(to, (1, width))]
        if options is not None:
            kind = type(options).__name__.removesuffix("T")
            operator.builtinOptionsType = getattr(self._schema.BuiltinOptions, kind)
            operator.builtinOptions = options
        self._operators.append(operator)
        return len(self._tensors) - 1

    def dense(self, x: int, matrix: Single, bias: Single | None, to: str) -> int:
        rows = len(matrix)
        inputs = [x, self.tensor(f"{to}_weights", (), matrix)]
        inputs.append(-1 if bias is None else self.tensor(f"{to}_bias", (), bias))
        return self.operator("FULLY_CONNECTED", inputs, to, rows, self._schema.FullyConnectedOptionsT())

    def model(self, inputs: list[int], outputs: list[int], notes: dict[str, str]) -> Any:
        schema = self._schema
        graph, model = schema.SubGraphT(), schema.ModelT()
        graph.name, graph.tensors, graph.operators = "sanderling_router", self._tensors, self._operators
        graph.inputs, graph.outputs = inputs, outputs
        model.version, model.description, model.subgraphs = _SCHEMA, "sanderling router", [graph]
        model.operatorCodes = [self._code(name) for name in self._codes]
        model.metadata = [self._note(name, text) for name, text in notes.items()]
        model.signatureDefs = [self._signature(inputs, outputs)]
        model.buffers = self._buffers
        return model

    def _buffer(self, data: bytes) -> int:
        buffer = self._schema.BufferT()
        buffer.data = np.frombuffer(data, dtype=np.uint8)
        self._buffers.append(buffer)
        return len(self._buffers) - 1

    def _code(self, name: str) -> Any:
        code = self._schema.OperatorCodeT()
        code.builtinCode = getattr(self._schema.BuiltinOperator, name)
        # Readers older than 2020 look here; all operators used have numbers below the 127 that fit.
        code.deprecatedBuiltinCode = code.builtinCode
        return code

    def _note(self, name: str, text: str) -> Any:
        note = self._schema.MetadataT()
        note.name, note.buffer = name, self._buffer(text.encode())
        return note

    def _signature(self, inputs: list[int], outputs: list[int]) -> Any:
        signature = self._schema.SignatureDefT()
        signature.signatureKey, signature.subgraphIndex = "serving_default", 0
        signature.inputs, signature.outputs = self._maps(inputs), self._maps(outputs)
        return signature

    def _maps(self, tensors: list[int]) -> list[Any]:
        maps = []
        for number in tensors:
            entry = self._schema.TensorMapT()
            entry.name, entry.tensorIndex = self._tensors[number].name, number
            maps.append(entry)
        return maps

"""Writes the ONNX graph of a BERT encoder with 8-bit weights.

It leads from token ids to one unit vector.

::

    input_ids ─► words + positions ─► norm ─► 6 or 12 layers ─► mean over the tokens ─► unit length
                                               attention ─► norm ─► two linear maps ─► norm

Linear maps multiply integers; what is left is float32. Activations are quantized as the graph runs ("dynamic"), with a
scale for each token. One scale for a whole text, as ONNX Runtime's own ``DynamicQuantizeLinear`` gives, is set by the
few tokens with the largest values: for MiniLM the least cosine to float32 on 200 texts was .983, with a scale for each
token it is .99 and more.

The graph takes one text at a time, without padding and without a mask; batches are no faster. Its operators are those
that ONNX Runtime's own optimiser would fuse to, so it opens without being optimised.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from ...records import Record, Vectors
from .onnx_file import OnnxWriter

MICROSOFT = "com.microsoft"
LEVELS = 127
"""Largest absolute value of a quantized weight."""
INPUT, OUTPUT = "input_ids", "sentence_embedding"
LEAST_GELU = 0.17
"""Greatest absolute value of GELU's negative results."""


class Linear(Record):
    """A linear map of vectors: ``x @ weight.T + bias``."""

    weight: Vectors
    """Weight matrix, float32[outputs, inputs]."""
    bias: Vectors


class Norm(Record):
    """Gain and offset of a layer normalisation."""

    gain: Vectors
    offset: Vectors


class BertLayer(Record):
    """The weights of one encoder layer."""

    query: Linear
    key: Linear
    value: Linear
    attended: Linear
    attended_norm: Norm
    widened: Linear
    narrowed: Linear
    narrowed_norm: Norm


class BertWeights(Record):
    """The weights of a whole encoder."""

    words: Vectors
    """Token embeddings, float32[vocabulary, dim]."""
    positions: Vectors
    """Position embeddings, float32[positions, dim]. Each has the embedding of the first token type added."""
    norm: Norm
    layers: tuple[BertLayer, ...]
    n_heads: int
    epsilon: float


def bert_graph(weights: BertWeights) -> Iterable[bytes]:
    """Return the ONNX file of an encoder, in pieces.

    Its input is int64[1, tokens], its output float32[1, dim].
    """
    return _Encoder(weights).encode()


def quantized(weight: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """Quantize ``weight``, float32[outputs, inputs], to int8.

    Returns the int8 array of the same shape, and its scales, float32[outputs].
    """
    scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / np.float32(LEVELS)
    return np.rint(weight / scale[:, None]).astype(np.int8), scale.astype(np.float32)


class _Encoder:
    def __init__(self, weights: BertWeights) -> None:
        self._weights, self._graph = weights, OnnxWriter()
        constants = {"half": 0.5, "middle": 128.5, "levels": float(LEVELS), "bytes": 255.0, "least": LEAST_GELU}
        for name, value in constants.items():
            self._graph.weight(name, np.array(value, np.float32))
        self._graph.weight("least_scale", np.array(1e-12, np.float32))
        self._graph.weight("one_scale", np.array(1, np.float32))
        self._graph.weight("zero_at_0", np.array(0, np.uint8))
        self._graph.weight("zero_at_128", np.array(128, np.uint8))
        for number in range(3):
            self._graph.weight(f"i{number}", np.array([number], np.int64))

    def encode(self) -> Iterable[bytes]:
        graph, weights = self._graph, self._weights
        x = self._embedded()
        for number, layer in enumerate(weights.layers):
            x = self._layer(f"l{number}", layer, x)
        mean = graph.node("ReduceMean", [x], axes=(1,), keepdims=0)
        graph.node("LpNormalization", [mean], OUTPUT, axis=1, p=2)
        return graph.encode("encoder", {INPUT: (1, "tokens")}, {OUTPUT: (1, weights.words.shape[1])})

    def _embedded(self) -> str:
        graph, weights = self._graph, self._weights
        table, scale = quantized(weights.words)
        words = graph.node("Gather", [graph.weight("words", table), INPUT])
        scales = graph.node("Gather", [graph.weight("words.scale", scale[:, None]), INPUT])
        words = graph.node("Mul", [graph.node("Cast", [words], to=1), scales])
        length = graph.node("Slice", [graph.node("Shape", [INPUT]), "i1", "i2"])
        positions = graph.node("Slice", [graph.weight("positions", weights.positions), "i0", length, "i0"])
        both = graph.node("Add", [words, positions])
        gain, offset = self._norm("norm", weights.norm)
        return graph.node("LayerNormalization", [both, gain, offset], axis=-1, epsilon=weights.epsilon)

    def _layer(self, name: str, layer: BertLayer, x: str) -> str:
        graph = self._graph
        rows = self._rows(x)
        names = ("query", "key", "value")
        maps = (layer.query, layer.key, layer.value)
        heads = [
            self._add(self._linear(f"{name}.{kind}", each, rows), f"{name}.{kind}", each.bias)
            for kind, each in zip(names, maps, strict=True)
        ]
        context = graph.node("MultiHeadAttention", heads, 1, MICROSOFT, num_heads=self._weights.n_heads)
        attended = self._linear(f"{name}.attended", layer.attended, self._rows(context))
        x = self._add_norm(f"{name}.attended", attended, x, layer.attended.bias, layer.attended_norm)
        wide = self._linear(f"{name}.widened", layer.widened, self._rows(x))
        bias = graph.weight(f"{name}.widened.bias", layer.widened.bias)
        wide = graph.node("BiasGelu", [wide, bias], 1, MICROSOFT)
        narrow = self._linear(f"{name}.narrowed", layer.narrowed, self._rows_of_gelu(wide))
        # What was added to each input, times the weights as they are multiplied.
        table, scale = quantized(layer.narrowed.weight)
        added = np.float32(LEAST_GELU) * scale * table.sum(axis=1, dtype=np.int32).astype(np.float32)
        return self._add_norm(f"{name}.narrowed", narrow, x, layer.narrowed.bias - added, layer.narrowed_norm)

    def _rows(self, x: str) -> tuple[str, str, str]:
        """Quantize each row of ``x`` to bytes. Returns the names of the bytes, the scales and the zero point."""
        graph = self._graph
        largest = graph.node("ReduceMax", [graph.node("Abs", [x])], axes=(-1,), keepdims=1)
        scale = graph.node("Div", [graph.node("Max", [largest, "least_scale"]), "levels"])
        # A cast cuts the fraction off, hence the half above 128.
        spread = graph.node("Add", [graph.node("Div", [x, scale]), "middle"])
        return graph.node("Cast", [spread], to=2), scale, "zero_at_128"

    def _rows_of_gelu(self, x: str) -> tuple[str, str, str]:
        """Quantize each row of a GELU's output to bytes, using all 256 levels.

        Returns what :meth:`_rows` does. ``x`` + ``LEAST_GELU`` is never negative.
        """
        graph = self._graph
        largest = graph.node("Add", [graph.node("ReduceMax", [x], axes=(-1,), keepdims=1), "least"])
        scale = graph.node("Div", [largest, "bytes"])
        offset = graph.node("Add", [graph.node("Div", ["least", scale]), "half"])
        spread = graph.node("Add", [graph.node("Div", [x, scale]), offset])
        return graph.node("Cast", [spread], to=2), scale, "zero_at_0"

    def _linear(self, name: str, linear: Linear, rows: tuple[str, str, str]) -> str:
        """Multiply quantized rows by a weight matrix. The bias is left to the node that follows."""
        x, row_scale, zero = rows
        table, scale = quantized(linear.weight)
        inputs = [x, self._graph.weight(name, table.T), "one_scale", self._graph.weight(f"{name}.scale", scale), zero]
        product = self._graph.node("MatMulIntegerToFloat", inputs, 1, MICROSOFT)
        return self._graph.node("Mul", [product, row_scale])

    def _add(self, x: str, name: str, bias: Vectors) -> str:
        return self._graph.node("Add", [x, self._graph.weight(f"{name}.bias", bias)])

    def _add_norm(self, name: str, x: str, skip: str, bias: Vectors, norm: Norm) -> str:
        gain, offset = self._norm(f"{name}.norm", norm)
        inputs = [x, skip, gain, offset, self._graph.weight(f"{name}.bias", bias)]
        epsilon = self._weights.epsilon
        return self._graph.node("SkipLayerNormalization", inputs, 1, MICROSOFT, epsilon=epsilon)

    def _norm(self, name: str, norm: Norm) -> tuple[str, str]:
        return self._graph.weight(f"{name}.gain", norm.gain), self._graph.weight(f"{name}.offset", norm.offset)

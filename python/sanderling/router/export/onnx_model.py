"""The router as an ONNX model for any batch size: equation 6 of arXiv 1901.02358 in standard operators."""

from __future__ import annotations

import numpy as np

from ...errors import MissingExtra
from ..fastgrnn import MAX_TEMPERATURE, Single, Weights
from .heads import HEADS, blend, metadata, product

OPSET = 18
"""Released in 2022. Every operator used is older, so runtimes from 2022 on can run the model."""
IR_VERSION = 8
"""IR version of the same release. The ``onnx`` package would write its newest, which older runtimes refuse."""


def to_onnx(weights: Weights) -> bytes:
    """Return ``weights`` as a serialised ONNX model. Raises MissingExtra without the package ``onnx``."""
    try:
        from onnx import TensorProto, checker, helper, numpy_helper
    except ImportError as error:
        raise MissingExtra("the export to ONNX", "export") from error

    inputs, hidden = weights.mean.size, weights.b_z.size
    zeta, nu = blend(weights)
    constants: dict[str, Single] = {
        "mean": weights.mean.astype(np.float32),
        "std": weights.std.astype(np.float32),
        "w": product(weights.w).T.copy(),
        "u": product(weights.u).T.copy(),
        "b_z": weights.b_z.astype(np.float32),
        "b_h": weights.b_h.astype(np.float32),
        "zeta": np.asarray(zeta),
        "nu": np.asarray(nu),
        "one": np.asarray(np.float32(1.0)),
        "coolest": np.asarray(np.float32(0.0)),
        "hottest": np.asarray(np.float32(MAX_TEMPERATURE)),
        "narrowest": np.asarray(np.float32(0.7)),
        "width": np.asarray(np.float32(0.3)),
    }
    for name, rows in HEADS.items():
        constants[f"{name}_a"] = weights.heads[rows].T.astype(np.float32)
        constants[f"{name}_c"] = weights.bias[rows].astype(np.float32)

    nodes = []

    def add(operator: str, *names: str, to: str) -> str:
        nodes.append(helper.make_node(operator, names, [to], name=to))
        return to

    x = add("Div", add("Sub", "features", "mean", to="centred"), "std", to="x")
    pre = add("Add", add("MatMul", x, "w", to="wx"), add("MatMul", "hidden", "u", to="uh"), to="pre")
    z = add("Sigmoid", add("Add", pre, "b_z", to="gate_sum"), to="z")
    candidate = add("Tanh", add("Add", pre, "b_h", to="candidate_sum"), to="candidate")
    opened = add("Mul", "zeta", add("Sub", "one", z, to="not_z"), to="opened")
    new = add("Mul", add("Add", opened, "nu", to="blend"), candidate, to="new")
    state = add("Add", new, add("Mul", z, "hidden", to="kept"), to="next_hidden")
    last = {"temperature": "temperature_y", "top_p": "top_p_y", "escalate": "escalate_y"}
    for name in HEADS:
        read = add("MatMul", state, f"{name}_a", to=f"{name}_read")
        add("Add", read, f"{name}_c", to=last.get(name, name))
    add("Clip", add("Softplus", "temperature_y", to="softplus"), "coolest", "hottest", to="temperature")
    spread = add("Mul", add("Sigmoid", "top_p_y", to="top_p_share"), "width", to="top_p_spread")
    add("Add", spread, "narrowest", to="top_p")
    add("Sigmoid", "escalate_y", to="escalate")

    def value(name: str, size: int) -> object:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", size])

    sizes = {"next_hidden": hidden} | {name: rows.stop - rows.start for name, rows in HEADS.items()}
    graph = helper.make_graph(
        nodes,
        "sanderling_router",
        [value("features", inputs), value("hidden", hidden)],
        [value(name, size) for name, size in sizes.items()],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    model = helper.make_model(
        graph, producer_name="sanderling", ir_version=IR_VERSION, opset_imports=[helper.make_opsetid("", OPSET)]
    )
    helper.set_model_props(model, metadata(weights))
    checker.check_model(model, full_check=True)
    data: bytes = model.SerializeToString()
    return data

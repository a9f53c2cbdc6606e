"""Accuracy and regret of a router on examples, for early stopping and for the card."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...records import Record
from ..fastgrnn import ESCALATE
from .calibrate import calibration_error
from .cell import Parameters, forward, read
from .examples import MODELS, NO_LABEL, Examples, Floats, Ints
from .loss import joint


class Measured(Record):
    """Accuracy and regret, averaged over rows.

    ``escalate_*``: only over rows with a known gain; 0 if there are none.
    """

    rows: int
    model_accuracy: float
    context_accuracy: float
    pair_regret: float
    """Utility lost against the best allowed choice."""
    calibration_error: float
    escalate_accuracy: float
    escalate_regret: float
    """Utility lost against the better of accepting and escalating."""


def outputs(parameters: Parameters, examples: Examples, mean: Floats, std: Floats) -> list[Floats]:
    """Return the head outputs, [n, 14], for ``examples`` at each step."""
    return [read(parameters, trace) for trace in forward(parameters, standardised(examples, mean, std))]


def standardised(examples: Examples, mean: Floats, std: Floats) -> list[Floats]:
    """Return the standardised inputs of each step. In the second step, rows without a draft are zeros."""
    steps = [examples.first] if examples.second is None else [examples.first, examples.second]
    return [np.nan_to_num((x - mean) / std).astype(np.float32) for x in steps]


def chosen(y: Floats, allowed: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the likeliest allowed pair of each row, as model and context."""
    flat = joint(y, allowed).reshape(len(y), -1).argmax(axis=1)
    model, context = np.divmod(flat, allowed.shape[2])
    return model, context


def measure(y: list[Floats], examples: Examples) -> Measured:
    """Return accuracy and regret on ``examples``. ``y``: head outputs for them, computed by :func:`outputs`."""
    allowed = examples.allowed
    model, context = chosen(y[0], allowed)
    got = examples.utility[np.arange(len(examples)), model, context]
    labelled = examples.y_model != NO_LABEL
    models, labels = y[0][labelled, :MODELS], examples.y_model[labelled]
    judged = np.isfinite(examples.gain) & examples.drafted
    gain = examples.gain[judged]
    escalates = y[-1][judged, ESCALATE] > 0
    return Measured(
        rows=len(examples),
        model_accuracy=_mean(model[labelled] == labels),
        context_accuracy=_mean((context == examples.y_context)[examples.y_context != NO_LABEL]),
        pair_regret=_mean(np.nanmax(examples.utility, axis=(1, 2)) - got),
        calibration_error=calibration_error(models, examples.models[labelled], labels),
        escalate_accuracy=_mean(escalates == (gain > 0)),
        escalate_regret=_mean(np.maximum(gain, 0) - np.where(escalates, gain, 0)),
    )


def agreement(one: Floats, other: Floats, allowed: NDArray[np.bool_]) -> float:
    """Return the share of rows on which two routers choose the same model and context."""
    pairs = zip(chosen(one, allowed), chosen(other, allowed), strict=True)
    return _mean(np.logical_and(*(a == b for a, b in pairs)))


def _mean(values: NDArray[np.bool_] | Floats) -> float:
    return float(np.mean(values)) if len(values) else 0.0

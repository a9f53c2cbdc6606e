"""A judge on this device, whose mark is the likelihood-weighted mean of the marks 1 to 5.

The weight of a mark is how likely the model is to give it. As the weighting of G-Eval (Liu et al. 2023, section 2,
arXiv 2303.16634), but with the probabilities themselves in place of samples; so small models give marks between whole
ones, and the same mark every time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...errors import ModelUnavailable
from ...models import registry
from ...models.registry import InstalledModel
from ...records import Message
from ..plain_model import OpenModel
from .rubric import MARKS, Judged, asked


class LocalJudge:
    """A model of this device that marks answers."""

    def __init__(self, opened: OpenModel) -> None:
        """``opened``: stays open as long as the judge is used."""
        self._opened = opened

    @property
    def id(self) -> str:
        """The model's id and quantization."""
        return self._opened.label

    def mark(self, judged: Judged) -> float:
        """Return the mean mark. Raises what :meth:`sanderling.PlainModel.likelihoods` raises."""
        return mean_mark(self._opened.model.likelihoods([Message(role="user", content=asked(judged))], MARKS))


def mean_mark(likelihoods: Sequence[float]) -> float:
    """Return the mean of the marks 1 to 5, weighted by likelihood.

    ``likelihoods``: logarithms; the probabilities need not sum to 1.
    """
    greatest = max(likelihoods)
    weights = [math.exp(each - greatest) for each in likelihoods]
    mean = sum(mark * weight for mark, weight in enumerate(weights, start=1)) / sum(weights)
    return min(max(mean, 1.0), 5.0)  # rounding can pass the ends


def largest_installed() -> InstalledModel:
    """Return the installed chat model with the most parameters. Raises ModelUnavailable if there is none."""
    found = [model for model in registry.all_installed() if model.entry.chat_format and not model.synthetic]
    if not found:
        raise ModelUnavailable("no model is here to judge: run  sanderling models pull qwen2.5-coder-0.5b")
    return max(found, key=lambda model: model.entry.parameters)

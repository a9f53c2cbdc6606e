"""Writes the file of a recipe from downloaded weights."""

from __future__ import annotations

from pathlib import Path

from ..entries import WeightsRecipe
from .bert_graph import bert_graph
from .e5s1 import read_e5s1
from .safetensors import read_safetensors


def write_graph(recipe: WeightsRecipe, weights: Path, out: Path) -> int:
    """Write an ONNX file from a recipe's weights, and return the file's size in bytes.

    The hash of ``weights`` was checked. Raises ModelUnavailable if the weights are not those of the recipe, OSError for
    a full disk.
    """
    read = read_safetensors if recipe.format == "safetensors" else read_e5s1
    graph = bert_graph(read(weights, recipe.n_layers, recipe.n_heads, recipe.epsilon))
    with out.open("wb") as file:
        return sum(file.write(piece) for piece in graph)

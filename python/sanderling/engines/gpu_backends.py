"""Finds the GPU backends of an installed engine without loading the engine.

llama.cpp's shared libraries are one per backend, so their names tell. On macOS llama.cpp has Metal unless it is built
without (``GGML_METAL``, on by default there), and the wheel of xllamacpp links it.
"""

from __future__ import annotations

import importlib.util
import sys
from functools import cache
from pathlib import Path

BACKENDS = ("metal", "cuda", "vulkan", "opencl")


@cache
def gpu_backends(engine: str) -> frozenset[str] | None:
    """Return the GPU backends of an installed engine; None if unknown. The files of a static build do not tell."""
    if sys.platform == "darwin" and engine in ("llama_cpp", "xllamacpp"):
        return frozenset({"metal"})
    try:
        spec = importlib.util.find_spec(engine)
    except (ImportError, ValueError):
        return None
    folders = [Path(each) for each in (spec.submodule_search_locations or ())] if spec is not None else []
    names = [path.name for folder in folders for path in folder.glob("lib/*ggml*")]
    return frozenset(each for each in BACKENDS if any(f"ggml-{each}" in name for name in names)) if names else None

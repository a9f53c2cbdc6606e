"""llama-cpp-python: the reference engine, compiled for this device. Only its ``libllama`` is used, see llama_api.

The engine does not need the package's Python side, and so does not import it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
from pathlib import Path

from ..errors import MissingExtra
from .llama_api import LlamaApi
from .llama_engine import LlamaEngine
from .protocol import LoadSpec


def available() -> bool:
    """Whether llama-cpp-python is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


def load(spec: LoadSpec) -> LlamaEngine:
    """Load a model. Raises MissingExtra, and what LlamaEngine raises."""
    found = importlib.util.find_spec("llama_cpp")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra("the engine llama_cpp", "llama")
    folder = Path(found.submodule_search_locations[0]) / "lib"
    # On macOS the build may name it either way.
    names = [folder / name for name in ("libllama.so", "libllama.dylib")]
    library = next((path for path in names if path.exists()), names[0])
    return LlamaEngine(spec, LlamaApi(library, f"llama_cpp {importlib.metadata.version('llama-cpp-python')}"))

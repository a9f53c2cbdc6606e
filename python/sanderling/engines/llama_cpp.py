"""The engine ``llama_cpp``: llama.cpp compiled by llama-cpp-python.

It is compiled for this device, and is our reference. Only the package's ``libllama`` is opened
(:mod:`sanderling.engines.llama_api`); its Python code is not imported.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MissingExtra
from .distribution import version
from .protocol import LoadSpec

if TYPE_CHECKING:
    from .llama_embedder import LlamaEmbedder
    from .llama_engine import LlamaEngine


def available() -> bool:
    """Return whether llama-cpp-python is installed."""
    return importlib.util.find_spec("llama_cpp") is not None


def load(spec: LoadSpec) -> LlamaEngine | LlamaEmbedder:
    """Load a model and return the engine that runs it.

    Raises MissingExtra if llama-cpp-python is not installed, and what
    :func:`~sanderling.engines.llama_load.loaded` raises.
    """
    from .llama_api import LlamaApi
    from .llama_load import loaded

    found = importlib.util.find_spec("llama_cpp")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra("the engine llama_cpp", "llama")
    package = Path(found.submodule_search_locations[0])
    folder = package / "lib"
    # A build on macOS may use either name.
    names = [folder / name for name in ("libllama.so", "libllama.dylib")]
    library = next((path for path in names if path.exists()), names[0])
    return loaded(spec, LlamaApi(library, f"llama_cpp {version('llama-cpp-python', package)}"))

"""The engine ``sanderling_engine``: llama.cpp in our own wheel.

It has kernels for each kind of CPU. ``build/engine.sh`` builds it from the llama.cpp inside llama-cpp-python. The
package holds ``libllama`` and one library of kernels for each kind of CPU, of which
:mod:`sanderling.engines.cpu_variant` loads the best for this one. Its threads sleep after waiting for one another for
some microseconds (``build/engine/sleeping_wait.h``), so that they share the cores with other programs.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EngineError
from .cpu_variant import VARIABLE
from .distribution import version
from .protocol import LoadSpec

if TYPE_CHECKING:
    from .llama_embedder import LlamaEmbedder
    from .llama_engine import LlamaEngine


def available() -> bool:
    """Return whether the wheel ``sanderling-engine`` is installed."""
    return importlib.util.find_spec("sanderling_engine") is not None


def load(spec: LoadSpec) -> LlamaEngine | LlamaEmbedder:
    """Load a model and return the engine that runs it.

    Raises EngineError if the wheel is not installed, and what :func:`~sanderling.engines.llama_load.loaded` raises.
    """
    from .llama_api import LlamaApi
    from .llama_load import loaded

    found = importlib.util.find_spec("sanderling_engine")
    if found is None or not found.submodule_search_locations:
        # No extra names it, since it is not in the package index.
        raise EngineError("sanderling_engine is not installed: run  make engine  in Sanderling's source")
    folder = Path(found.submodule_search_locations[0])
    library = folder / "lib/libllama.so"
    name = f"sanderling_engine {version('sanderling-engine', folder)}"
    variant = spec.cpu_variant or os.environ.get(VARIABLE, "")
    return loaded(spec, LlamaApi(library, name, variant))

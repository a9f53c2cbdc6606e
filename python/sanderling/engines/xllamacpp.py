"""The engine ``xllamacpp``: llama.cpp from prebuilt wheels.

For people without a compiler. Its Python class ``Server`` is not used, for three reasons observed on release
2026.10.11549: it always opens a listening HTTP socket, which a private request must not; it reports one log-probability
for all tokens of a multi-byte character and drops their ids; and it has no tokenizer. Its extension module exports
llama.cpp's C functions on Linux and macOS, so :mod:`sanderling.engines.llama_api` opens the module as a library and
never imports it.

Its llama.cpp is of another date and compiled for the baseline CPU of each architecture, so its kernels round
activations differently. Log-probabilities of the likeliest tokens differ from those of other kernels by tenths (the
largest of 50 by 0.2 to 0.5 for SmolLM2-135M Q4_1, by up to 0.8 for Q8_0), and greedy texts agree until two candidates
are closer than that.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import EngineError, MissingExtra
from .distribution import version
from .protocol import LoadSpec

if TYPE_CHECKING:
    from .llama_embedder import LlamaEmbedder
    from .llama_engine import LlamaEngine


def available() -> bool:
    """Return whether xllamacpp is installed."""
    return importlib.util.find_spec("xllamacpp") is not None


def load(spec: LoadSpec) -> LlamaEngine | LlamaEmbedder:
    """Load a model and return the engine that runs it.

    Raises MissingExtra if xllamacpp is not installed, and what :func:`~sanderling.engines.llama_load.loaded` raises.
    """
    from .llama_api import LlamaApi
    from .llama_load import loaded

    found = importlib.util.find_spec("xllamacpp")
    if found is None or not found.submodule_search_locations:
        raise MissingExtra("the engine xllamacpp", "prebuilt")
    folder = Path(found.submodule_search_locations[0])
    name = f"xllamacpp {version('xllamacpp', folder)}"
    library = next(iter(sorted(folder.glob("xllamacpp*.so"))), None)
    if library is None:
        raise EngineError(f"{name} has no extension module in {folder}: install it again")
    return loaded(spec, LlamaApi(library, name))

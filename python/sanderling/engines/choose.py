"""Chooses and starts the engine.

Only this module turns an engine's name into an implementation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from ..errors import MissingExtra
from . import llama_cpp, sanderling_engine, xllamacpp
from .protocol import EmbeddingEngine, Engine, LoadSpec

if TYPE_CHECKING:
    from .worker import Worker

EngineName = Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp", "scripted"]

_INSTALLED: dict[str, Callable[[], bool]] = {
    "sanderling_engine": sanderling_engine.available,
    "llama_cpp": llama_cpp.available,
    "xllamacpp": xllamacpp.available,
}
"""Checks for installed engines, in the order of preference of ``auto``.

Our own comes first, before a llama-cpp-python compiled here: its kernels suit the CPU as well as a native build's, its
threads share the cores with other programs, and a native build crashes where the CPU has AMX. Whoever has compiled a
better one names it. xllamacpp is compiled for the baseline CPU of each architecture, so it comes last.
"""


def available() -> list[str]:
    """Return the names of the installed engines, best first. ``scripted`` is left out, and no engine is imported."""
    return [name for name, installed in _INSTALLED.items() if installed()]


def resolve(engine: EngineName) -> str:
    """Return the name of the engine to use.

    ``engine``: ``auto``: the best installed one. Raises MissingExtra for ``auto`` if no engine is installed, ValueError
    for an unknown name.
    """
    if engine == "auto":
        installed = available()
        if not installed:
            raise MissingExtra("generating text", "prebuilt")
        return installed[0]
    if engine not in (*_INSTALLED, "scripted"):
        raise ValueError(f"unknown engine {engine!r}: choose auto, {', '.join(_INSTALLED)}")
    return engine


def start(engine: EngineName = "auto", *, stall_timeout_s: float = 120.0, queue_timeout_s: float = 120.0) -> Worker:
    """Return a worker for one model.

    Its ``load`` method starts the process. ``stall_timeout_s`` and ``queue_timeout_s``: see
    :class:`~sanderling.engines.worker.Worker`. Raises what :func:`resolve` raises.
    """
    from .worker import Worker

    return Worker(resolve(engine), stall_timeout_s=stall_timeout_s, queue_timeout_s=queue_timeout_s)


def load_engine(name: str, spec: LoadSpec) -> Engine | EmbeddingEngine:
    """Load a model into this process. Only the worker process does this; other callers use :func:`start`."""
    if name == "sanderling_engine":
        return sanderling_engine.load(spec)
    if name == "llama_cpp":
        return llama_cpp.load(spec)
    if name == "xllamacpp":
        return xllamacpp.load(spec)
    from .scripted import ScriptedEngine

    return ScriptedEngine(spec)

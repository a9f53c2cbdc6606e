"""Choose an engine: the one place where a name becomes an implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..errors import MissingExtra
from . import llama_cpp, xllamacpp
from .protocol import Engine, LoadSpec
from .worker import Worker

EngineName = Literal["auto", "llama_cpp", "xllamacpp", "scripted"]

_INSTALLED: dict[str, Callable[[], bool]] = {"llama_cpp": llama_cpp.available, "xllamacpp": xllamacpp.available}
"""In order of preference for ``auto``: a build compiled for this device before a portable one."""


def available() -> list[str]:
    """Return the names of the installed engines, best first, without importing them; never ``scripted``."""
    return [name for name, installed in _INSTALLED.items() if installed()]


def resolve(engine: EngineName) -> str:
    """Resolve ``auto`` to the best installed engine. Raises MissingExtra if there is none, ValueError if unknown."""
    if engine == "auto":
        installed = available()
        if not installed:
            raise MissingExtra("generating text", "prebuilt")
        return installed[0]
    if engine not in (*_INSTALLED, "scripted"):
        raise ValueError(f"unknown engine {engine!r}: choose auto, {', '.join(_INSTALLED)}")
    return engine


def start(engine: EngineName = "auto", *, stall_timeout_s: float = 120.0, queue_timeout_s: float = 120.0) -> Worker:
    """Return a worker for one model; its process starts with :meth:`~sanderling.engines.worker.Worker.load`.

    The timeouts are those of :class:`~sanderling.engines.worker.Worker`. Raises what :func:`resolve` raises.
    """
    return Worker(resolve(engine), stall_timeout_s=stall_timeout_s, queue_timeout_s=queue_timeout_s)


def load_engine(name: str, spec: LoadSpec) -> Engine:
    """Load a model in this process. Only the worker process calls this; others use :func:`start`."""
    if name == "llama_cpp":
        return llama_cpp.load(spec)
    if name == "xllamacpp":
        return xllamacpp.load(spec)
    from .scripted import ScriptedEngine

    return ScriptedEngine(spec)

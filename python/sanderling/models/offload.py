"""Decides whether a model's layers go to the GPU.

They do if the profile wants it, and the engine's build has the backend.
"""

from __future__ import annotations

import sys

from ..device.profiles import Detected
from ..engines import available
from ..engines.gpu_backends import gpu_backends


def offloaded(detected: Detected, engine: str | None = None) -> bool:
    """Return whether a model's layers go to the GPU.

    ``engine`` None or ``auto``: the best installed one. Where its build cannot be told, or the device is not this one,
    the profile decides: llama.cpp ignores a number of layers for a GPU that it does not have.
    """
    profile = detected.profile
    if profile.gpu_layers == 0:
        return False
    if engine in (None, "auto"):
        engine = next(iter(available()), "")
    here = "darwin" if sys.platform == "darwin" else "linux"
    theirs = "darwin" if detected.device.os == "darwin" else "linux"
    built = gpu_backends(engine) if engine and here == theirs else None
    return built is None or profile.gpu_backend in built


def why_offloaded(detected: Detected, engine: str | None = None) -> str:
    """Return the reason for the result of :func:`offloaded`, in one line."""
    profile = detected.profile
    if profile.gpu_layers == 0:
        return "the profile knows no GPU that the engines' builds use"
    if offloaded(detected, engine):
        return f"as the profile says, with {profile.gpu_backend}"
    return f"the profile has a GPU for {profile.gpu_backend}, the engine's build has none"

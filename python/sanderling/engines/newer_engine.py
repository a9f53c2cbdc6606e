"""Names the engine version that a model's architecture needs."""

from __future__ import annotations

NEEDS = {"lfm3": "llama.cpp b11960"}
"""First llama.cpp build that knows an architecture, by architecture.

Only where it is newer than the engines in wheels.
"""


def newer_engine(model_id: str, complaint: str, engine: str) -> str:
    """Return the error message for a model that the engine does not know. ``complaint``: llama.cpp's own words."""
    architecture = complaint.rpartition("unknown model architecture:")[2].strip().strip("'\"").split("'")[0]
    needed = NEEDS.get(architecture)
    since = f"it needs {needed} or later" if needed else "it may be one that later versions of llama.cpp know"
    return (
        f"{model_id} has the architecture {architecture[:64]!r}, which {engine} does not know: {since}; update the"
        " engine, or choose another model"
    )

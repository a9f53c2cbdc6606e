"""Turns off the telemetry of libraries before they are imported. It sets environment variables.

Each library reads its variable once, on import; the package imports this module first, and worker processes inherit the
environment. The user's own setting is overridden: nothing may leave the device, whatever shell it was started from.
``tests/privacy`` watches the commands from outside, and finds libraries that this table lacks.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any

VARIABLES = {
    # Its Linux wheels (1.32) start a thread at import that looks up a host of the vendor after some 8 s, and keep an id
    # and a queue of events under the user's cache. Their disable_telemetry_events() does not stop it: with it, called
    # right after the import, strace saw the same sockets and files.
    "onnxruntime": "ORT_DISABLE_TELEMETRY",
    # Its requests name PyTorch and the program that drives it, for which it fetches and keeps a list of such programs.
    "huggingface_hub": "HF_HUB_DISABLE_TELEMETRY",
}
"""Maps a library's module to the variable that turns its telemetry off when set to 1."""

too_late = sys.modules.get("onnxruntime") is not None and os.environ.get(VARIABLES["onnxruntime"]) != "1"
"""Whether ONNX Runtime was imported first with its telemetry on. It cannot be turned off then."""

os.environ.update(dict.fromkeys(VARIABLES.values(), "1"))

if too_late:
    warnings.warn(
        "onnxruntime was imported before sanderling, with its telemetry on, which cannot be turned off any more: "
        f"import sanderling first, or set {VARIABLES['onnxruntime']}=1",
        RuntimeWarning,
        stacklevel=3,  # whoever imports the package
    )


def onnxruntime() -> Any:
    """Import and return ONNX Runtime with its telemetry off. Raises ImportError if it is not installed."""
    import onnxruntime

    return onnxruntime

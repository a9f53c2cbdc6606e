"""Runs one command with its steps timed (``python -m sanderling.bench_device.steps BEGAN ARGUMENT ...``).

Nothing but the standard library is imported here, so that the imports of the command can be timed.
"""

from __future__ import annotations

import atexit
import json
import runpy
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

MARK = "steps of this process: "
"""Beginning of the line on stderr in which the child reports its steps."""

IMPORTS = (
    ("import of the command line", "sanderling.cli.entry"),
    ("import of numpy", "numpy"),
    ("import of the runtime", "sanderling.runtime"),
    ("import of the embedder", "sanderling.models.embedder"),
    ("import of onnxruntime", "onnxruntime"),
    ("import of tokenizers", "tokenizers"),
)
"""Import steps in order, each with the first module that it needs."""
CALLS = (
    ("process of the model begun", "sanderling.child_process", "begin"),
    ("configuration", "sanderling.models.configured", "load"),
    ("device profile", "sanderling.device.profiles", "choose"),
    ("models, headers and plans", "sanderling.opening", "ModelInventory.of_ladder"),
    ("models, headers and plans", "sanderling.opening", "_only"),
    ("model begun", "sanderling.opening", "begin_load"),
    ("router", "sanderling.opening", "router_for"),
    ("embedder's graph", "onnxruntime", "InferenceSession"),
    ("embedder's tokenizer", "tokenizers", "Tokenizer.from_file"),
    ("memory opened", "sanderling.opening", "Memory.open"),
    ("question: embedded", "sanderling.stages.find_notes", "embed_readings"),
    ("question: notes found", "sanderling.stages.find_notes", "retrieve"),
    ("question: wait for the model", "sanderling.engines.model_pool", "ModelPool.settle"),
    ("question: wait for the model", "sanderling.engines.model_pool", "ModelPool.worker"),
    ("question: prompt", "sanderling.stages.draft", "compose"),
    ("question: generated", "sanderling.stages.draft", "generate"),
    ("question: recorded", "sanderling.stages.record", "Journal.record"),
    ("question: rest", "sanderling.runtime", "Runtime.ask"),
    ("models closed", "sanderling.engines.model_pool", "ModelPool.close"),
    ("memory and files closed", "sanderling.runtime", "Runtime.close"),
)
"""Steps that are function calls, each with its name, module and function."""


class Steps:
    """Exclusive times of nested steps, in the order in which they first began."""

    def __init__(self) -> None:
        self.ms: dict[str, float] = {}
        self._open: list[float] = []

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap ``function`` so that its exclusive time is added to the step ``name``.

        Other threads are not counted.
        """
        main = threading.main_thread()

        def call(*arguments: Any, **options: Any) -> Any:
            if threading.current_thread() is not main:
                return function(*arguments, **options)
            self.ms.setdefault(name, 0.0)
            began = time.perf_counter()
            self._open.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                took = (time.perf_counter() - began) * 1e3
                self.ms[name] += took - self._open.pop()
                if self._open:
                    self._open[-1] += took

        return call

    def wrap(self, name: str, module: str, path: str) -> None:
        """Replace a function of a module, or a method of one of its classes, with its timed version."""
        owner: Any = import_module(module)
        *classes, function = path.split(".")
        for each in classes:
            owner = getattr(owner, each)
        found = owner.__dict__.get(function) if isinstance(owner, type) else None
        if isinstance(found, classmethod):
            setattr(owner, function, classmethod(self.timed(name, found.__func__)))
        elif isinstance(found, staticmethod):
            setattr(owner, function, staticmethod(self.timed(name, found.__func__)))
        else:
            setattr(owner, function, self.timed(name, getattr(owner, function)))


def _child(began: float, arguments: list[str]) -> None:
    """Run a command with its steps timed, and report them on stderr."""
    steps = Steps()
    started = time.time()
    for name, module in IMPORTS[:1]:
        steps.timed(name, import_module)(module)
    from .. import child_process

    steps.wrap(*CALLS[0])
    steps.timed(CALLS[0][0], child_process.begin)("sanderling.engines.serve")
    for name, module in IMPORTS[1:]:
        steps.timed(name, import_module)(module)
    for call in CALLS[1:]:
        steps.wrap(*call)
    ran = time.time()

    def report() -> None:
        ended = time.time()
        whole = {"start of Python": (started - began) * 1e3} | steps.ms
        whole["command line parsed, answer printed"] = (ended - ran) * 1e3 - sum(
            ms for name, ms in steps.ms.items() if not name.startswith("import")
        )
        sys.stderr.write(f"{MARK}{json.dumps({'ended': ended, 'ms': whole})}\n")

    atexit.register(report)
    sys.argv = ["sanderling", *arguments]
    runpy.run_module("sanderling", run_name="__main__")


if __name__ == "__main__":
    _child(float(sys.argv[1]), sys.argv[2:])

"""Keeps the optimised graph of an encoder on disk for later processes.

Opening a graph takes 120 to 200 ms, most of it for unpacking 8-bit weights to 32 bits and fusing nodes; the result
opens in 25, and computes the same bits. It is written once, in ``.graph/`` beside the model, with the weights in a file
of their own that is mapped; it takes four times the model's bytes. Its name depends on the model's hash, size and time
of change and on the version of ONNX Runtime, and those of other names are removed. It is as trusted as the model beside
it: both are read, and neither is hashed, whenever they are opened. A failure here costs no more than optimising again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from pathlib import Path
from typing import Any

from ..records import Record

log = logging.getLogger(__name__)

FOLDER = ".graph"
GRAPH, WEIGHTS = "graph.onnx", "weights.bin"
LEAST_FREE = 8
"""Nothing is kept unless the disk has this many times the model's bytes free."""


class KeptGraph(Record):
    """Where the optimised graph of one model file is kept.

    The graph may not be there.
    """

    model: Path
    """Path of the original graph."""
    folder: Path

    @property
    def path(self) -> Path:
        """Path of the optimised graph."""
        return self.folder / GRAPH

    def open(self, onnxruntime: Any, options: Any) -> Any | None:
        """Return a session on the optimised graph; None if the graph is absent or unusable.

        A graph that cannot be used is removed. ``options``: session options, whose level of optimisation is changed.
        """
        if not self.path.is_file():
            return None
        level = options.graph_optimization_level
        try:
            options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
            return onnxruntime.InferenceSession(str(self.path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the library's own classes, whose only common base is Exception
            log.info("the kept graph %s is not used: %s", self.path, error)
            options.graph_optimization_level = level
            shutil.rmtree(self.folder, ignore_errors=True)
            return None

    def keep(self, onnxruntime: Any) -> None:
        """Optimise the graph and save it, unless it is saved already or the disk lacks room."""
        if self.path.is_file():
            return
        parent = self.folder.parent
        made = parent / f"{self.folder.name}.{os.getpid()}.new"
        try:
            if shutil.disk_usage(self.model.parent).free < LEAST_FREE * self.model.stat().st_size:
                return
            shutil.rmtree(made, ignore_errors=True)
            made.mkdir(parents=True)
            _optimise(onnxruntime, self.model, made)
            for file in (*made.iterdir(), made):
                _sync(file)
            made.rename(self.folder)
            for other in parent.iterdir():
                if other != self.folder:
                    shutil.rmtree(other, ignore_errors=True)
        except Exception as error:
            log.info("the optimised graph of %s is not kept: %s", self.model, error)
            shutil.rmtree(made, ignore_errors=True)


def kept_graph(model: Path, model_id: str, version: str) -> KeptGraph | None:
    """Return where the optimised graph of a model file is kept; None if the model file is absent.

    ``model_id``: depends on its content. ``version``: of ONNX Runtime.
    """
    try:
        state = model.stat()
    except OSError:
        return None
    depends_on = f"{model_id}\n{state.st_size}\n{state.st_mtime_ns}\n{version}"
    name = hashlib.sha256(depends_on.encode()).hexdigest()[:16]
    return KeptGraph(model=model, folder=model.parent / FOLDER / name)


def _optimise(onnxruntime: Any, model: Path, folder: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # The highest level whose result does not depend on the processor; beyond it only convolutions gain.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(folder / GRAPH)
    options.add_session_config_entry("session.optimized_model_external_initializers_file_name", WEIGHTS)
    options.add_session_config_entry("session.optimized_model_external_initializers_min_size_in_bytes", "1024")
    onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])


def _sync(path: Path) -> None:
    """Wait until a file or folder is on disk.

    After a power cut, weights of zeros would be read without an error.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

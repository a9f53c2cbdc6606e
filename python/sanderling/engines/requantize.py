"""Writes a model file in another quantization.

llama.cpp's quantizer runs in a child process.

The library must export ``llama_model_quantize``: our own wheel and llama-cpp-python do, xllamacpp does not. As in
:mod:`sanderling.engines.llama_api`, the parameters are the library's defaults with only the first fields written, and a
changed layout is an error.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path
from typing import Literal, cast, get_args

from .. import child_process
from ..errors import EngineError, MissingExtra, SanderlingError
from .distribution import version
from .llama_api import LlamaApi
from .worker_failures import exit_phrase

Target = Literal["IQ4_NL", "Q4_0", "Q8_0"]
"""Quantizations that can be written. Some processor multiplies each much faster than others."""
TARGETS: tuple[Target, ...] = get_args(Target)
_FILE_TYPES: dict[Target, int] = {"IQ4_NL": 25, "Q4_0": 2, "Q8_0": 7}
"""Numbers of the file types in llama.h, ``enum llama_ftype``."""
_PACKAGES = {"sanderling_engine": "sanderling-engine", "llama_cpp": "llama-cpp-python"}
"""Distributions by the names of the engines that can quantize, best first. Both keep the library in ``lib/``."""


class QuantizeParams(ctypes.Structure):
    """First fields of ``llama_model_quantize_params``. The rest keeps the library's defaults."""

    _fields_ = (
        ("nthread", ctypes.c_int32),
        ("ftype", ctypes.c_int32),
        ("output_tensor_type", ctypes.c_int32),
        ("token_embedding_type", ctypes.c_int32),
        ("allow_requantize", ctypes.c_bool),
        ("quantize_output_tensor", ctypes.c_bool),
        ("only_copy", ctypes.c_bool),
        ("pure", ctypes.c_bool),
        ("keep_split", ctypes.c_bool),
        ("spare", ctypes.c_uint8 * 256),
    )


_DEFAULTS = {
    "nthread": 0,
    "ftype": 7,
    "allow_requantize": False,
    "quantize_output_tensor": True,
    "only_copy": False,
    "pure": False,
    "keep_split": False,
}


def quantizer() -> str:
    """Return the installed engine that can quantize. Raises MissingExtra if there is none."""
    for engine in _PACKAGES:
        if importlib.util.find_spec(engine) is not None:
            return engine
    raise MissingExtra("writing a model file in another quantization (the prebuilt engine cannot)", "llama")


def requantize(source: Path, target: Path, quant: Target, n_threads: int) -> str:
    """Write the model file ``source`` to ``target`` as ``quant``.

    Returns the engine's name and version. ``n_threads`` 0: one for each CPU. The file is complete, but not yet
    synchronised to the disk. Raises MissingExtra without an engine that can quantize, EngineError if it fails; part of
    the file may then be at ``target``.
    """
    engine = quantizer()
    done = child_process.run(__name__, engine, str(source), str(target), quant, str(n_threads))
    if done.returncode == 0:
        return done.stdout.strip().splitlines()[-1]
    lines = done.stderr.strip().splitlines()
    # A refusal of ours is the last line; a crash leaves whatever the library printed.
    why = lines[-1] if done.returncode == 1 and lines else f"the process {exit_phrase(done.returncode)}"
    raise EngineError(f"{source} could not be written as {quant}: {why}")


def _write(engine: str, source: str, target: str, quant: Target, n_threads: int) -> str:
    """Quantize in this process, and return the engine's name and version."""
    found = importlib.util.find_spec(engine)
    if found is None or not found.submodule_search_locations:
        raise EngineError(f"{engine} is not installed any more: install it again")
    folder = Path(found.submodule_search_locations[0]) / "lib"
    names = [folder / name for name in ("libllama.so", "libllama.dylib")]
    library = next((path for path in names if path.exists()), names[0])
    api = LlamaApi(library, f"{engine} {version(_PACKAGES[engine], folder.parent)}")
    handle = ctypes.CDLL(str(library))  # the library that is open already
    try:
        defaults, run = handle.llama_model_quantize_default_params, handle.llama_model_quantize
    except AttributeError as error:
        raise EngineError(
            f"{api.name} has no quantizer ({error}): install the version this package asks for"
        ) from error
    defaults.restype, defaults.argtypes = QuantizeParams, []
    run.restype = ctypes.c_uint32
    run.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.POINTER(QuantizeParams)]
    params: QuantizeParams = defaults()
    api.check_defaults("llama_model_quantize_params", params, _DEFAULTS)
    params.nthread, params.ftype, params.allow_requantize = n_threads, _FILE_TYPES[quant], True
    api.log.clear()
    if run(os.fsencode(source), os.fsencode(target), ctypes.byref(params)):
        raise EngineError(api.complaint().removeprefix("llama_model_quantize: "))
    return api.name


def main() -> None:
    """Quantize a model file as the command line says.

    Prints the engine's name and version, or on stderr why it failed.
    """
    engine, source, target, quant, n_threads = sys.argv[1:]
    try:
        print(_write(engine, source, target, cast("Target", quant), int(n_threads)))
    except SanderlingError as error:
        print(error, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""``sanderling router export``: write a trained router for other runtimes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...disk.whole_file import write_whole
from ...errors import UsageError
from .. import options, output

EXAMPLES = "Example:  sanderling router export --weights r.grnn --onnx r.onnx --tflite r.tflite"


def export(
    weights: Annotated[Path, typer.Option(help="A weights file, as training writes it.")],
    onnx: Annotated[Path | None, typer.Option(help="Write an ONNX model to this file.")] = None,
    tflite: Annotated[Path | None, typer.Option(help="Write a TFLite model to this file.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Write a trained router as an ONNX or TFLite model.

    Neither framework is needed.
    """
    from ...router import fastgrnn
    from ...router.export.onnx_model import to_onnx
    from ...router.export.tflite_model import to_tflite

    if onnx is None and tflite is None:
        raise UsageError("nothing to write: give --onnx FILE, --tflite FILE or both")
    try:
        trained = fastgrnn.from_bytes(weights.read_bytes())
    except ValueError as error:
        raise UsageError(f"{weights}: {error}") from error
    written = {}
    for path, convert in ((onnx, to_onnx), (tflite, to_tflite)):
        if path is not None:
            options.require_writable(path)
            data = convert(trained)
            write_whole(path, data)
            written[str(path)] = len(data)
    if json:
        output.json_line(written)
    else:
        for name, size in written.items():
            output.line(f"{name}: {size:,} bytes")

"""``sanderling models synth``: write a model with random weights."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ... import ranges
from .. import options, output

EXAMPLES = "Example:  sanderling models synth lfm2-1.2b --quant Q4_0"


def synth(
    model_id: Annotated[
        str, typer.Argument(help="A model of the families LFM2, LFM2.5 and LFM3, such as lfm2-1.2b or lfm2.5-8b-a1b.")
    ],
    quant: Annotated[str, typer.Option("--quant", help="Q4_0, Q4_K_M, Q5_K_M, Q8_0 or F16.")] = "Q4_0",
    seed: Annotated[int, options.number(ranges.SEED, help="The same seed gives the same bytes.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Default: beside the models, where `models list` shows it.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Write random weights in a model's exact shapes.

    They serve to measure its speed and memory without downloading it.
    """
    from ...models.gguf import SYNTHETIC
    from ...models.synth.shapes import shape
    from ...models.synth.write import default_path, write

    options.require_writable(out)
    path = out or default_path(model_id, quant)
    size = write(path, shape(model_id), quant, seed)
    if json:
        output.json_line({"path": path, "bytes": size, "seed": seed, "synthetic": True})
    else:
        output.line(f"{path}: {output.mebibytes(size)} of {SYNTHETIC}; use it with  --model {path}")

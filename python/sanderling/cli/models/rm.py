"""``sanderling models rm``: remove a model."""

from __future__ import annotations

from typing import Annotated

import typer

from .. import options, output
from .arguments import IdArgument

EXAMPLES = "Example:  sanderling models rm qwen2.5-coder-1.5b"


def rm(
    model_id: IdArgument,
    quant: Annotated[str | None, typer.Option("--quant", help="Only this quantization; default: all files.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Remove a model's files."""
    from ...models.download.pull import remove

    freed = remove(model_id, quant)
    if json:
        output.json_line({"model_id": model_id, "freed_bytes": freed})
    elif freed:
        output.line(f"removed {model_id}, {output.mebibytes(freed)} freed")
    else:
        output.line(f"{model_id} was not here")

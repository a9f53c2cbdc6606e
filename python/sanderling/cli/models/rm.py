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
    """Remove a model's files.

    Of a model that you added, the entry is removed too, but not a file used where it is.
    """
    from ...models import registry, user_models
    from ...models.download.pull import remove

    mine = registry.is_users(model_id) and quant is None
    found = registry.installed(model_id) if mine else None
    freed = remove(model_id, quant)
    if mine:
        user_models.remove(model_id)
    if json:
        output.json_line({"model_id": model_id, "freed_bytes": freed, "entry_removed": mine})
    elif mine:
        kept = f"; {found.path} stays where it is" if found is not None and found.path.is_file() else ""
        output.line(f"{model_id} is no longer known, {output.mebibytes(freed)} freed{kept}")
    elif freed:
        output.line(f"removed {model_id}, {output.mebibytes(freed)} freed")
    else:
        output.line(f"{model_id} was not here")

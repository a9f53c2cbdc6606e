"""``sanderling models verify``: check a model's files against their known SHA-256."""

from __future__ import annotations

from .. import options, output
from .arguments import IdArgument

EXAMPLES = "Example:  sanderling models verify smollm2-135m"


def verify(model_id: IdArgument, json: options.JsonOption = False) -> None:
    """Check a model's files against their known SHA-256.

    The files are read again.
    """
    from ...models import registry
    from ...models.download import pull

    first = pull.verify(model_id)
    others = [pull.verify(model_id, quant) for quant in registry.installed_quants(model_id) if quant != first.quant]
    if json:
        output.json_line(first)
        return
    for found in (first, *others):
        output.line(f"{model_id} {found.quant}: whole")

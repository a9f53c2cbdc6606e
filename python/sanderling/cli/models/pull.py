"""``sanderling models pull``: download a model."""

from __future__ import annotations

from .. import options, output
from .arguments import IdArgument, QuantOption

EXAMPLES = "Example:  sanderling models pull lfm2-1.2b --quant Q4_0"


def pull(model_id: IdArgument, quant: QuantOption = None, json: options.JsonOption = False) -> None:
    """Download a model, and check its SHA-256.

    A partial download is resumed.
    """
    from ... import device
    from ...device import profiles
    from ...errors import MissingExtra
    from ...models import registry
    from ...models.download import pull
    from ...models.embedder import accept
    from ...models.pick_quant import pick_quant
    from ..progress import bar

    entry = registry.get(model_id)
    if quant is None and entry.ladder and len(entry.quants) > 1:
        quant, why = pick_quant(entry, profiles.detect(), device.available_ram_bytes())
        output.warn(f"{model_id} {quant}: {why}")

    untested: list[str] = []

    def test(model: registry.InstalledModel) -> None:
        try:
            accept(model)
        except MissingExtra as error:
            untested.append(str(error))

    with bar("pull") as advance:
        found, why = pull.pull_or_instead(
            model_id, quant, lambda step: advance(step.done_bytes, step.total_bytes, step.file), test
        )
    if untested:
        output.warn(f"{model_id} was not tested on this device: {untested[0]}, then pull it again")
    if why:
        output.warn(f"{model_id} could not be made here ({why}): {found.entry.id} is used in its place")
    if json:
        output.json_line(found)
    else:
        output.line(
            f"{found.entry.id} {found.quant} is here: {output.mebibytes(found.bytes)}, sha256 {found.sha256[:16]}…"
        )

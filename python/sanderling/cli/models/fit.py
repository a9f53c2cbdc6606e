"""``sanderling models fit``: show which models fit in this device's RAM."""

from __future__ import annotations

from typing import Annotated

import typer

from ...ranges import Range
from .. import options, output

EXAMPLES = "Example:  sanderling models fit --context 8192"


def fit(
    context: Annotated[
        int | None,
        options.number(Range(512, 1 << 20), "--context", help="Tokens; default: what the device profile says."),
    ] = None,
    hub: Annotated[
        bool, typer.Option("--hub", help="Read the headers of files that are not here from Hugging Face.")
    ] = False,
    json: options.JsonOption = False,
) -> None:
    """Show which models fit in this device's free RAM.

    Both predicted and measured sizes are shown. Prediction needs no download.
    """
    from ... import device
    from ...device import profiles
    from ...models.gguf import SYNTHETIC
    from ...models.survey import survey
    from ..progress import bar

    detected = profiles.detect()
    with bar("fit") as advance:
        rows = survey(
            context or detected.profile.n_ctx,
            detected,
            hub=hub,
            on_model=lambda name: advance(0, 1, name),
        )
    available = device.available_ram_bytes()
    if json:
        output.json_line({"available_bytes": available, "models": rows})
        return
    output.line(f"{output.mebibytes(available)} of RAM are free")
    output.line()
    output.table(
        ("MODEL", "QUANT", "CONTEXT", "PREDICTED", "AT LEAST", "MEASURED", "FROM", "REARRANGED", "VERDICT"),
        [
            (
                row.model_id,
                row.quant,
                f"{row.n_ctx}",
                output.mebibytes(row.predicted_bytes),
                output.mebibytes(row.footprint.working_set_bytes),
                "-" if row.measured_bytes is None else output.mebibytes(row.measured_bytes),
                row.basis,
                "-" if row.rearranged_share is None else f"{row.rearranged_share:.0%}",
                row.verdict + (f" ({SYNTHETIC})" if row.synthetic else ""),
            )
            for row in rows
        ],
    )
    for row in rows:
        if row.note:
            output.warn(f"{row.model_id} {row.quant}: {row.note}")
    output.text(
        "\npredicted: peak resident memory; at least: without pages of the file that are not read twice;"
        "\nmeasured by  sanderling bench model;  from size: a guess, the file is not here"
        "\nrearranged: share of the matrices that the engine turns into blocks for this processor; types: --json"
    )

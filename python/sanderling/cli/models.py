"""``sanderling models``: list, download, verify and remove models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .. import ranges
from ..ranges import Range
from . import options, output

if TYPE_CHECKING:
    from ..models.entries import ModelEntry
    from ..models.registry import InstalledModel

app = typer.Typer(help="Models and the embedder: list, pull, verify, remove; synthetic ones.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="A model id, as `sanderling models list` shows.")]
QuantOption = Annotated[str | None, typer.Option("--quant", help="Quantization; default: what suits this device.")]


@app.command("list", epilog="Example:  sanderling models list --json")
def list_(json: options.JsonOption = False) -> None:
    """List all known models and mark those that are here."""
    from ..models import registry
    from ..models.gguf import SYNTHETIC
    from ..models.synth.write import written

    rows = [(entry, registry.installed(entry.id)) for entry in registry.entries().values()]
    rows += [(model.entry, model) for model in map(registry.from_path, written())]
    if json:
        output.json_line(
            [
                {
                    "id": entry.id,
                    "ladder": entry.ladder,
                    "parameters": entry.parameters,
                    "quants": entry.quants,
                    "installed": here.quant if here else None,
                    "bytes": _bytes(entry, here),
                    "licence": entry.licence,
                    "licence_note": entry.licence_note,
                    "synthetic": here is not None and here.synthetic,
                }
                for entry, here in rows
            ]
        )
        return
    output.table(
        ("MODEL", "LADDER", "PARAMETERS", "SIZE", "HERE", "LICENCE"),
        [
            (
                entry.id,
                entry.ladder or (f"({SYNTHETIC})" if here and here.synthetic else "(embedder)"),
                f"{entry.parameters / 1e6:,.0f} M",
                output.mebibytes(_bytes(entry, here)),
                here.quant if here else "-",
                entry.licence,
            )
            for entry, here in rows
        ],
    )


def _bytes(entry: ModelEntry, here: InstalledModel | None) -> int:
    return here.bytes if here else sum(file.size_bytes for file in entry.files_of())


@app.command("fit", epilog="Example:  sanderling models fit --context 8192")
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
    """Show which models fit this device's free RAM, before any download, and what was measured."""
    from .. import device
    from ..device import profiles
    from ..models.gguf import SYNTHETIC
    from ..models.survey import survey
    from .progress import bar

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
        ("MODEL", "QUANT", "CONTEXT", "PREDICTED", "AT LEAST", "MEASURED", "FROM", "VERDICT"),
        [
            (
                row.model_id,
                row.quant,
                f"{row.n_ctx}",
                output.mebibytes(row.predicted_bytes),
                output.mebibytes(row.footprint.working_set_bytes),
                "-" if row.measured_bytes is None else output.mebibytes(row.measured_bytes),
                row.basis,
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
    )


@app.command("pull", epilog="Example:  sanderling models pull lfm2-1.2b --quant Q4_0")
def pull(model_id: IdArgument, quant: QuantOption = None, json: options.JsonOption = False) -> None:
    """Download a model, resuming a partial download, and check its SHA-256."""
    from .. import device
    from ..device import profiles
    from ..models import registry
    from ..models.download.pull import pull as fetch
    from ..models.pick_quant import pick_quant
    from .progress import bar

    entry = registry.get(model_id)
    if quant is None and entry.ladder and len(entry.quants) > 1:
        quant, why = pick_quant(entry, profiles.detect(), device.available_ram_bytes())
        output.warn(f"{model_id} {quant}: {why}")

    with bar("pull") as advance:
        found = fetch(model_id, quant, on_progress=lambda step: advance(step.done_bytes, step.total_bytes, step.file))
    if json:
        output.json_line(found)
    else:
        output.line(f"{model_id} {found.quant} is here: {output.mebibytes(found.bytes)}, sha256 {found.sha256[:16]}…")


@app.command("synth", epilog="Example:  sanderling models synth lfm2-1.2b --quant Q4_0")
def synth(
    model_id: Annotated[str, typer.Argument(help="lfm2-350m, lfm2-700m, lfm2-1.2b or lfm2-2.6b.")],
    quant: Annotated[str, typer.Option("--quant", help="Q4_0, Q4_K_M, Q5_K_M, Q8_0 or F16.")] = "Q4_0",
    seed: Annotated[int, options.number(ranges.SEED, help="The same seed gives the same bytes.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Default: beside the models, where `models list` shows it.")] = None,
    json: options.JsonOption = False,
) -> None:
    """Write random weights in a model's exact shapes: the true speed and memory, without the model."""
    from ..models.gguf import SYNTHETIC
    from ..models.synth.shapes import shape
    from ..models.synth.write import default_path, write

    options.require_writable(out)
    path = out or default_path(model_id, quant)
    size = write(path, shape(model_id), quant, seed)
    if json:
        output.json_line({"path": path, "bytes": size, "seed": seed, "synthetic": True})
    else:
        output.line(f"{path}: {output.mebibytes(size)} of {SYNTHETIC}; use it with  --model {path}")


@app.command("verify", epilog="Example:  sanderling models verify smollm2-135m")
def verify(model_id: IdArgument, json: options.JsonOption = False) -> None:
    """Read a model's files again and compare their SHA-256."""
    from ..models.download.pull import verify as check

    found = check(model_id)
    if json:
        output.json_line(found)
    else:
        output.line(f"{model_id} {found.quant}: whole")


@app.command("rm", epilog="Example:  sanderling models rm qwen2.5-coder-1.5b")
def rm(model_id: IdArgument, json: options.JsonOption = False) -> None:
    """Remove a model's files."""
    from ..models.download.pull import remove

    freed = remove(model_id)
    if json:
        output.json_line({"model_id": model_id, "freed_bytes": freed})
    elif freed:
        output.line(f"removed {model_id}, {output.mebibytes(freed)} freed")
    else:
        output.line(f"{model_id} was not here")

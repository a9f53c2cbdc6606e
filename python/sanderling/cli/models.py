"""``sanderling models``: what can be had, what is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import options, output

if TYPE_CHECKING:
    from ..models.entries import ModelEntry
    from ..models.registry import InstalledModel

app = typer.Typer(help="Models and the embedder: list, pull, verify, remove.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(help="A model id, as `sanderling models list` shows.")]
QuantOption = Annotated[str | None, typer.Option("--quant", help="Quantization; default: the model's own.")]


@app.command("list", epilog="Example:  sanderling models list --json")
def list_(json: options.JsonOption = False) -> None:
    """List all known models and mark those that are here."""
    from ..models import registry

    rows = [(entry, registry.installed(entry.id)) for entry in registry.entries().values()]
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
                entry.ladder or "(embedder)",
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


@app.command("pull", epilog="Example:  sanderling models pull lfm2-1.2b --quant Q4_0")
def pull(model_id: IdArgument, quant: QuantOption = None, json: options.JsonOption = False) -> None:
    """Download a model, resuming what was begun, and check its SHA-256."""
    from ..models.pull import pull as fetch
    from .progress import bar

    with bar("pull") as advance:
        found = fetch(model_id, quant, on_progress=lambda step: advance(step.done_bytes, step.total_bytes, step.file))
    if json:
        output.json_line(found)
    else:
        typer.echo(f"{model_id} {found.quant} is here: {output.mebibytes(found.bytes)}, sha256 {found.sha256[:16]}…")


@app.command("verify", epilog="Example:  sanderling models verify smollm2-135m")
def verify(model_id: IdArgument, json: options.JsonOption = False) -> None:
    """Read a model's files again and compare their SHA-256."""
    from ..models.pull import verify as check

    found = check(model_id)
    if json:
        output.json_line(found)
    else:
        typer.echo(f"{model_id} {found.quant}: whole")


@app.command("rm", epilog="Example:  sanderling models rm qwen2.5-coder-1.5b")
def rm(model_id: IdArgument, json: options.JsonOption = False) -> None:
    """Remove a model's files."""
    from ..models.pull import remove

    freed = remove(model_id)
    if json:
        output.json_line({"model_id": model_id, "freed_bytes": freed})
    elif freed:
        typer.echo(f"removed {model_id}, {output.mebibytes(freed)} freed")
    else:
        typer.echo(f"{model_id} was not here")

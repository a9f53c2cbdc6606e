"""``sanderling models add``: add a model that Sanderling does not list."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ... import ranges
from .. import options, output

if TYPE_CHECKING:
    from ...models.entries import ModelEntry

EXAMPLES = "Example:  sanderling models add ~/Downloads/granite-3.3-2b.Q4_K_M.gguf"


def add(
    source: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE | OWNER/NAME[:QUANT]]",
            help="A GGUF file, used where it is, or a Hugging Face repository. Default: list what other programs have.",
        ),
    ] = None,
    model_id: Annotated[str, typer.Option("--id", help="Id of the model; default: from the name.")] = "",
    ladder: Annotated[str, typer.Option(help="Put it on this ladder, a new one or one there is.")] = "",
    rung: Annotated[
        int | None, options.number(ranges.RUNG, "--rung", help="Position on the ladder; default: above the others.")
    ] = None,
    chat_format: Annotated[str, typer.Option(help="A named format; default: the file's own template.")] = "",
    thinking: Annotated[
        int | None,
        options.number(ranges.TOKENS, "--thinking", help="Longest thought before an answer; default: no thoughts."),
    ] = None,
    anyway: Annotated[bool, typer.Option("--anyway", help="Also if it does not fit the free RAM.")] = False,
    trial: Annotated[bool, typer.Option(help="Load it once before it is added.")] = True,
    engine: options.EngineOption = "auto",
    json: options.JsonOption = False,
) -> None:
    """Add a model that is not listed, after checking that it fits and loads.

    Its header is read, and an entry is proposed and kept.
    """
    from ...engines.probe import probe
    from ...engines.protocol import LoadSpec
    from ...errors import MissingExtra, ModelUnavailable
    from ...models.add import Wanted
    from ...models.add import add as add_model
    from ..progress import bar

    if source is None:
        _list(json)
        return

    def tried(entry: ModelEntry, path: Path) -> None:
        if not trial:
            return
        spec = LoadSpec(model_id=entry.id, path=str(path.absolute()), n_ctx=512, n_threads=1, n_threads_prefill=1)
        try:
            seen = probe(spec, engine)
        except MissingExtra as error:
            output.warn(f"{entry.id} was not tried: {error}")
            return
        if not seen.ok:
            raise ModelUnavailable(seen.message)

    wanted = Wanted(
        model_id=model_id,
        ladder=ladder,
        rung=rung or 0,
        chat_format=chat_format,
        thinking_tokens=thinking or 0,
        anyway=anyway,
    )
    with bar("add") as advance:
        found = add_model(
            source,
            wanted,
            trial=tried,
            on_progress=lambda step: advance(step.done_bytes, step.total_bytes, step.file),
        )
    if json:
        output.json_line(found)
        return
    entry = found.entry
    where = f", rung {entry.rung} of {entry.ladder}" if entry.ladder else ""
    output.line(f"{entry.id} {entry.default_quant} is added{where}: {found.path}")
    output.line(f"chat format: {found.chat}")
    output.line(f"sampling from {found.sampling}: temperature {entry.sampling.temperature:g}")
    output.line(
        f"memory: {output.mebibytes(found.needed_bytes)} of {output.mebibytes(found.available_bytes)} free"
        f" ({found.verdict})"
    )
    if not found.exact and not chat_format:
        output.warn(f"{entry.id}: the chat format is a guess, its answers may be worse than they could")
    output.line(f"use it with  --model {entry.id}" + f"  or  --ladder {entry.ladder}" * bool(entry.ladder))


def _list(json: bool) -> None:
    from ...models.download.elsewhere import downloads

    found = downloads()
    if json:
        output.json_line(found)
        return
    if not found:
        output.line("no other program has models here: name a file or a repository")
        return
    output.table(
        ("PROGRAM", "MODEL", "SIZE", "FILE"),
        [(each.program, each.name, output.mebibytes(each.bytes), str(each.path)) for each in found],
    )
    output.line("use one where it is:  sanderling models add FILE")

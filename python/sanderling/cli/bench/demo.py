"""``sanderling bench demo``: ask a model three questions about the notes of a fictional polar station."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import options, output

EXAMPLES = "Example:  sanderling bench demo"


def demo(
    model: options.ModelOption = "smollm2-135m",
    memory: Annotated[
        Path | None, typer.Option("--memory", "-m", help="Keep the memory here; default: thrown away.")
    ] = None,
    json: options.JsonOption = False,
) -> None:
    """Read the notes of a fictional polar station, and ask a model three questions about those notes.

    With --json one answer per line.
    """
    import tempfile

    from ...bench_device import demo
    from ..answer import print_below, show_quote

    with tempfile.TemporaryDirectory() as folder:
        demo.demo(
            memory or Path(folder) / "station.sanderling",
            model or "smollm2-135m",
            say=lambda text: output.text(text, err=json),
            stream=None if json else output.part,
            on_quote=None if json else show_quote,
            show=output.json_line if json else print_below,
        )

"""Arguments and options that several commands of ``sanderling models`` share."""

from __future__ import annotations

from typing import Annotated

import typer

IdArgument = Annotated[str, typer.Argument(help="A model id, as `sanderling models list` shows.")]
QuantOption = Annotated[str | None, typer.Option("--quant", help="Quantization; default: what suits this device.")]

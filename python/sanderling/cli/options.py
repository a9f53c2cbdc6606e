"""Options that mean the same in every command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from .. import config
from ..errors import UsageError

JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
MemoryOption = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        "-m",
        envvar="SANDERLING_MEMORY",
        readable=False,  # what cannot be read is refused where it is opened, in our words and with our exit code
        help="Memory file. Default: notes.sanderling in the data folder (`sanderling doctor` shows it).",
    ),
]
LadderOption = Annotated[str | None, typer.Option("--ladder", help="Models to choose from: lfm2 or open-small.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Use this model, an id or a .gguf file, instead of routing.")
]
EngineOption = Annotated[
    Literal["auto", "llama_cpp", "xllamacpp"], typer.Option("--engine", help="auto: llama_cpp, else xllamacpp.")
]
ProfileOption = Annotated[str, typer.Option("--profile", help="Device profile, or auto.")]
RouterOption = Annotated[str, typer.Option("--router", help="rule, or the path of a FastGRNN weights file.")]
BudgetOption = Annotated[float | None, typer.Option("--budget-ms", min=1, help="Wall-clock wish for the answer.")]
PrivacyOption = Annotated[
    Literal["local", "any"], typer.Option("--privacy", help="local: no socket is opened for this request.")
]
ThreadsOption = Annotated[int | None, typer.Option("--threads", min=1, help="Default: what the device profile says.")]
MaxTokensOption = Annotated[int, typer.Option("--max-tokens", min=1, help="Upper bound of generated tokens.")]


def memory_path(given: Path | None) -> Path:
    """Return the memory file to use."""
    return given or config.home() / "notes.sanderling"


def require_writable(given: Path | None) -> None:
    """Raise UsageError before the work, not after it, for a result file that cannot be written. None is no file."""
    if given is not None and (given.is_dir() or not given.absolute().parent.is_dir()):
        raise UsageError(f"{given} cannot be written: name a file in a folder that exists")


def existing_memory(given: Path | None) -> Path:
    """Return the memory file to ask. Raises UsageError, saying how to make one, when there is none."""
    path = memory_path(given)
    if not path.exists():
        raise UsageError(f"there is no memory at {path}: run  sanderling ingest FOLDER  first")
    return path

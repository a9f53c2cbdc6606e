"""Options that several commands share, and functions that turn them into a memory file or a filter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from .. import ranges
from ..disk.files import irregular
from ..errors import UsageError
from ..ranges import Range

if TYPE_CHECKING:
    from ..filter import Filter


class Number:
    """A parser that accepts only numbers within a range.

    Other values end the command with exit code 2.
    """

    def __init__(self, bounds: Range, suffix: str = "") -> None:
        """``suffix``: letters that may follow the number, such as the d of 180d."""
        self.bounds, self.suffix = bounds, suffix
        low, high = bounds.ends
        self.__name__ = f"{low}..{high}{suffix}"  # shown by --help

    def __call__(self, text: object) -> Any:
        """Parse ``text`` and return the number. Raises BadParameter, which typer prints behind the option's name."""
        value = self.bounds.read(str(text).strip().removesuffix(self.suffix))
        if value is None:
            written = f", such as 180{self.suffix}" if self.suffix else ""
            raise typer.BadParameter(f"{str(text)[:80]}: must be {self.bounds}{written}")
        return value


def number(bounds: Range, *names: str, help: str, suffix: str = "") -> Any:
    """Return an option that accepts a number within ``bounds``.

    The error for other values names both bounds. Bounds of typer's own accept nan, and their message does not name both
    ends.
    """
    parser = Number(bounds, suffix)
    return typer.Option(*names, help=help, parser=parser, metavar=parser.__name__)


def age(*, help: str) -> Any:
    """Return the option ``--older-than``, a number of days written as 180 or 180d."""
    return number(ranges.DAYS, "--older-than", help=help, suffix="d")


JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON value instead of text.")]
MemoryOption = Annotated[
    Path | None,
    typer.Option(
        "--memory",
        "-m",
        envvar="SANDERLING_MEMORY",
        readable=False,  # an unreadable file is refused where it is opened, with our message and exit code
        help="Memory file. Default: notes.sanderling in the data folder (`sanderling doctor` shows it).",
    ),
]
LadderOption = Annotated[str | None, typer.Option("--ladder", help="Models to choose from: lfm2 or open-small.")]
ModelOption = Annotated[
    str | None, typer.Option("--model", help="Use this model, an id or a .gguf file, instead of routing.")
]
EngineOption = Annotated[
    Literal["auto", "sanderling_engine", "llama_cpp", "xllamacpp"],
    typer.Option("--engine", help="auto: sanderling_engine, else llama_cpp, else xllamacpp."),
]
ProfileOption = Annotated[str, typer.Option("--profile", help="Device profile, or auto.")]
RouterOption = Annotated[
    str,
    typer.Option(
        "--router",
        help="auto (learned if `router train` installed one, else rule), rule, learned, shipped, or a weights file.",
    ),
]
BudgetOption = Annotated[float | None, number(ranges.BUDGET_MS, "--budget-ms", help="Time wished for the answer.")]
PrivacyOption = Annotated[
    Literal["local", "any"], typer.Option("--privacy", help="local: no socket is opened for this request.")
]
ThreadsOption = Annotated[
    int | None, number(ranges.THREADS, "--threads", help="Default: what the device profile says.")
]
ContextOption = Annotated[
    Literal["tiny", "small", "medium", "large"] | None,
    typer.Option("--context", help="Notes to show; default: the router's choice."),
]
MaxTokensOption = Annotated[int, number(ranges.TOKENS, "--max-tokens", help="Upper bound of generated tokens.")]

LimitOption = Annotated[
    int, number(ranges.COUNT, "--limit", help="Most notes on a page, where the question asks for a list of notes.")
]
StartOption = Annotated[
    int, number(ranges.COUNT, "--start", help="Number of the first note on the page of such a list.")
]

TypeOption = Annotated[
    list[str] | None, typer.Option("--type", help="Only notes of this type: doc, memory, trace, tool_result, summary.")
]
SourceOption = Annotated[
    list[str] | None, typer.Option("--source", help="Only notes of this source: kb (files), user, agent, system.")
]
TagOption = Annotated[list[str] | None, typer.Option("--tag", help="Only notes with this tag, or any of several.")]
DomainOption = Annotated[list[str] | None, typer.Option("--domain", help="Only notes of this domain.")]
SinceOption = Annotated[str, typer.Option("--since", help="Only notes from this date or time on: 2026-03-01.")]
UntilOption = Annotated[str, typer.Option("--until", help="Only notes up to this time, or the end of this date.")]
InOption = Annotated[list[str] | None, typer.Option("--in", help="Only notes of this folder, file or address.")]


def filter_of(
    type: list[str] | None,
    source: list[str] | None,
    tag: list[str] | None,
    domain: list[str] | None,
    since: str,
    until: str,
    under: list[str] | None,
) -> Filter:
    """Return the filter that a command's options describe. Raises UsageError for a value that no note can have."""
    from ..filter import Filter

    return Filter(
        types=tuple(type or ()),  # type: ignore[arg-type]  # checked by Filter
        sources=tuple(source or ()),  # type: ignore[arg-type]
        tags=tuple(tag or ()),
        domains=tuple(domain or ()),
        since=since,
        until=until,
        # The memory stores the absolute path of a file.
        under=tuple(each if "://" in each else str(Path(each).expanduser().resolve()) for each in under or ()),
    )


def memory_path(given: Path | None) -> Path:
    """Return ``given``, or the path of the memory file in the data folder if ``given`` is None."""
    from .. import config

    return given or config.home() / "notes.sanderling"


def memory_to_fill(given: Path | None) -> Path:
    """Return the path as :func:`memory_path` does; if ``given`` is None, create the data folder first."""
    if given is None:
        from .. import config

        config.made_home()
    return memory_path(given)


def require_writable(given: Path | None) -> None:
    """Raise UsageError if the result file ``given`` cannot be written; do nothing if it is None.

    Called before the work whose result the file is to hold.
    """
    if given is None:
        return
    # A regular file is written beside its name and renamed; a terminal or a pipe is written to directly.
    touched = given if irregular(given) else given.resolve().parent
    if given.is_dir() or not touched.exists() or not os.access(touched, os.W_OK):
        raise UsageError(f"{given} cannot be written: name a file in a folder that exists and can be written")


def begin_worker(given: Path | None) -> None:
    """Start a worker process for a model while this process still imports modules, if the memory file exists.

    It is handed to the first model that is loaded, and ends with this process.
    """
    from .. import child_process

    if memory_path(given).exists():
        child_process.begin("sanderling.engines.serve")


def existing_memory(given: Path | None) -> Path:
    """Return the memory file to read. Raises UsageError if it does not exist."""
    path = memory_path(given)
    if not path.exists():
        raise UsageError(f"there is no memory at {path}: run  sanderling ingest FOLDER  first")
    return path

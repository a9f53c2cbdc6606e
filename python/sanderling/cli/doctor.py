"""``sanderling doctor``: check every part of the installation, and suggest remedies."""

from __future__ import annotations

import typer

from . import options, output

EXAMPLES = "Example:  sanderling doctor --model smollm2-135m"


def doctor(
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    engine: options.EngineOption = "auto",
    json: options.JsonOption = False,
) -> None:
    """Check engine, embedder, memory, profile and disk. Exits with 1 if a check failed."""
    from ..doctor import examine

    findings = examine(options.memory_path(memory), model, engine)
    if json:
        output.json_line(findings)
    else:
        for finding in findings:
            output.line(f"{finding.status:5} {finding.part:9} {finding.message}")
    if any(finding.status == "fail" for finding in findings):
        raise typer.Exit(1)

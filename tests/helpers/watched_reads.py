"""Read the files that are named, and print what else was opened, started or connected to meanwhile, a line each."""

from __future__ import annotations

import sys
from pathlib import Path

from sanderling.memory.read.read import read

WATCHED = (
    "socket.",
    "subprocess.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.mkdir",
    "urllib.",
)
paths = [Path(name) for name in sys.argv[1:]]
for path in paths:  # what is imported on first use is opened now
    list(read(path, lambda uri: None))
seen: list[str] = []
allowed = {str(path) for path in paths}


def hook(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(WATCHED) or (event == "open" and str(arguments[0]) not in allowed):
        seen.append(f"{event} {arguments}")


sys.addaudithook(hook)
for path in paths:
    list(read(path, lambda uri: None))
print("\n".join(seen), end="")

"""What a command, and all that it starts, asked the kernel for, as strace saw it: sockets, and files made or written.

Python's own `socket` and `open` are not the place to look: native libraries do not call them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Calls that name a file they make or change.
CHANGING = (
    *("creat", "mkdir", "mkdirat", "mknod", "mknodat", "truncate", "rename", "renameat", "renameat2"),
    *("link", "linkat", "symlink", "symlinkat"),
)
# io_uring_setup, because what goes through a ring is not seen call by call.
TRACED = ("socket", "connect", "io_uring_setup", "open", "openat", "openat2", *CHANGING)
WRITING = re.compile(r"\bO_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND|TMPFILE)\b")
ACCOUNTS = ("/nscd/", "/sss/", "/systemd/userdb/")
"""In the addresses of those who know accounts, whom getpass.getuser() asks."""

CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\)\s+= (?:-?\d+|\?)(?:<(?P<opened>[^>]*)>)?")
# A path, and before it the folder that it is relative to where the call names one: 3</folder>, "path".
PATH = re.compile(r'(?:\w+<(?P<folder>[^>]*)>, )?"(?P<path>(?:[^"\\]|\\.)*)"')


class Call(NamedTuple):
    """One system call, made by whichever process."""

    name: str
    arguments: str
    opened: str
    """What the descriptor that it returned stands for; empty: none was returned."""


class Watched(NamedTuple):
    """A command that has run."""

    code: int
    """Its exit code."""
    out: str
    """What it printed, on both streams."""
    calls: tuple[Call, ...]
    cwd: Path
    """Where it was called: what a path is relative to, if the call names no folder."""

    def sockets(self) -> list[str]:
        """Return the calls that reach out of the process or may: all but those that look up accounts."""
        return [f"{call.name}({call.arguments})" for call in self.calls if _reaches_out(call)]

    def written_outside(self, *folders: Path) -> list[str]:
        """Return the files made, or opened to be written, outside of ``folders``, also where that was refused."""
        inside = tuple(os.path.realpath(folder) + os.sep for folder in folders)
        found = {_real(call, self.cwd / path) for call in self.calls for path in _written(call)}
        return sorted(path for path in found if not f"{path}/".startswith(inside) and not _harmless(path))

    def loaded(self, library: str) -> bool:
        """Whether a native library with this in its path was opened."""
        return any(library in call.opened and ".so" in call.opened for call in self.calls)


def why_not() -> str:
    """Return why nothing can be watched on this machine; an empty string: it can."""
    if shutil.which("strace") is None:
        return "strace is not installed: run  apt-get install strace"
    tried = subprocess.run(["strace", "-f", "-o", os.devnull, "true"], check=False, capture_output=True, text=True)
    return tried.stderr.strip() if tried.returncode else ""


def watch(command: list[str], trace: Path, env: dict[str, str], cwd: Path, stdin: str = "") -> Watched:
    """Run a command under strace, which writes a file for each thread and process into the new folder ``trace``."""
    trace.mkdir()
    # `?`: those without "at" do not exist on ARM, and strace would refuse the name. A filter in the kernel
    # (--seccomp-bpf) stops the command at these calls only, and not at every one.
    calls = ",".join(f"?{call}" for call in TRACED)
    strace = ["strace", "-ff", "--seccomp-bpf", "-qq", "-y", "-e", "signal=none", "-e", f"trace={calls}"]
    done = subprocess.run(
        [*strace, "-o", str(trace / "of"), *command],
        check=False,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=env,
        cwd=cwd,
    )
    seen = tuple(call for file in sorted(trace.iterdir()) for call in _read(file))
    return Watched(done.returncode, done.stdout, seen, cwd)


def _read(file: Path) -> Iterator[Call]:
    for line in file.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        assert found or line.startswith("+++") or "unfinished" in line, f"not understood: {line}"
        if found:
            yield Call(found["name"], found["arguments"], found["opened"] or "")


def _reaches_out(call: Call) -> bool:
    if call.name == "socket":
        return not call.arguments.startswith("AF_UNIX")
    if call.name == "connect":
        # Others on this machine could reach out for us: a resolver, a proxy.
        return not ("sa_family=AF_UNIX" in call.arguments and any(name in call.arguments for name in ACCOUNTS))
    return call.name == "io_uring_setup"


def _written(call: Call) -> Iterator[str]:
    if call.name in CHANGING or (call.name.startswith("open") and WRITING.search(call.arguments)):
        named = [os.path.join(found["folder"] or "", found["path"]) for found in PATH.finditer(call.arguments)]  # noqa: PTH118
        if call.name.startswith("symlink"):
            del named[0]  # what the link leads to, which stays as it is
        yield from [call.opened] if call.opened else named


def _real(call: Call, path: Path) -> str:
    """Return where ``path`` is: of a link that was made, where the link itself is."""
    if call.name.startswith("symlink"):
        return str(Path(os.path.realpath(path.parent), path.name))
    return os.path.realpath(path)


def _harmless(path: str) -> bool:
    """Compiled Python; the terminal, and what swallows; what a process tells the kernel of itself."""
    return "/__pycache__" in path or path in {"/dev/null", "/dev/tty"} or bool(re.match(r"/proc/(self|\d+)/", path))

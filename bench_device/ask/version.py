"""An installation of Sanderling to be measured: its commands, data folder and memory.

The memory is that of the notes. The data folder is temporary, so a measurement neither reads the user's settings nor
adds to the user's telemetry. The models are those of the user. Each version ingests the notes by itself, because its
file formats are its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import sanderling

from ... import child_process, config
from ...errors import SanderlingError, UsageError

INGEST_TIMEOUT_S = 3600.0
_DESCRIBE = "import json; from sanderling.device.machine import machine_block; print(json.dumps(machine_block()))"


class Version:
    """One installation of Sanderling, with a data folder of its own."""

    def __init__(self, name: str, python: Path, package: Path | None, folder: Path) -> None:
        """Prepare the data folder inside ``folder``.

        ``name``: for the report. ``package``: folder that holds the package; None: where ``python`` finds it. Raises
        SanderlingError if the models cannot be linked into the data folder.
        """
        self.name = name
        self.python = python
        self._home = folder / "home"
        self.memory = folder / "bench.sanderling"
        self._home.mkdir(parents=True)
        try:
            (self._home / "models").symlink_to(config.home().absolute() / "models", target_is_directory=True)
        except OSError as error:
            raise SanderlingError(
                f"the models cannot be linked into {self._home} ({error.strerror}): allow symbolic links"
            ) from error
        inherited = os.environ if package is None else child_process.environment()
        self.env = {**inherited, "SANDERLING_HOME": str(self._home)}
        self.env.pop("SANDERLING_MEMORY", None)
        if package is None:
            self.env.pop("PYTHONPATH", None)
        else:
            self.env["PYTHONPATH"] = os.pathsep.join([str(package), self.env["PYTHONPATH"]])

    def command(self, *arguments: str) -> list[str]:
        """Return a command that runs ``python ARGUMENT ...``.

        The working directory is never on its path.
        """
        return [str(self.python), "-P", *arguments]

    def describe(self) -> dict[str, object]:
        """Return this installation's description of the machine, with Sanderling's version number and commit.

        Raises SanderlingError.
        """
        found = json.loads(self.run(self.command("-c", _DESCRIBE), 60.0))
        if not isinstance(found, dict):
            raise SanderlingError(f"{self.name} does not describe its machine: name an installation of Sanderling")
        return found

    def ingest(self, notes: Path) -> None:
        """Read ``notes`` into the memory of this version. Raises SanderlingError."""
        words = ("-m", "sanderling", "ingest", str(notes), "--memory", str(self.memory), "--json")
        self.run(self.command(*words), INGEST_TIMEOUT_S)

    def run(self, command: Sequence[str], timeout_s: float) -> str:
        """Run a command and return its output. Raises SanderlingError with its last words if it fails."""
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=timeout_s,
                check=False,
                env=self.env,
            )
        except subprocess.TimeoutExpired as error:
            raise SanderlingError(f"{self.name} did not end within {timeout_s:g} s: run it by itself") from error
        except OSError as error:
            raise SanderlingError(f"{self.name} does not start ({error.strerror}): name another Python") from error
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()
            raise SanderlingError(f"{self.name} ended with exit code {done.returncode}: {words[-1]}")
        return done.stdout


def this(folder: Path) -> Version:
    """Return the version that is running."""
    return Version("this", Path(sys.executable), Path(sanderling.__file__).absolute().parents[1], folder)


def other(named: Path, folder: Path) -> Version:
    """Return the version at ``named``: a source tree, a virtual environment, or a Python interpreter.

    A source tree is run by this Python, with its own extension. Raises UsageError for anything else.
    """
    for package in (named / "python", named):
        if (package / "sanderling" / "__init__.py").is_file():
            return Version("before", Path(sys.executable), package.absolute(), folder)
    # Not resolved: a virtual environment's Python is a link, and finds its packages by where the link stands.
    for python in (named / "bin" / "python", named / "Scripts" / "python.exe", named):
        if python.is_file() and os.access(python, os.X_OK):
            return Version("before", python.absolute(), None, folder)
    raise UsageError(
        f"{named} holds no Sanderling: name a source tree with python/sanderling, a virtual environment, or a Python"
    )

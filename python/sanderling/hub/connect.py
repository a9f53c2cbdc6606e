"""Connects to the hub's PostgreSQL server.

The environment or a private file names the server. The address may hold a password, so it is taken neither from the
command line, which others see in ``ps``, nor from a file that others can read. A server that is not on this device is
spoken to by TLS alone, its certificate checked unless the address says otherwise; see
https://www.postgresql.org/docs/current/libpq-ssl.html.
"""

from __future__ import annotations

import ipaddress
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..config import home
from ..disk.files import content
from ..egress import Permit, permitted
from ..errors import HubError, MissingExtra, UsageError

if TYPE_CHECKING:
    import psycopg

    Connection = psycopg.Connection[tuple[Any, ...]]
else:
    Connection = Any  # the library is an extra, and imported by whoever connects

ADDRESS = "SANDERLING_HUB"
"""Environment variable with the hub's address. ``postgresql://user@host/database``, or libpq's ``key=value`` pairs."""
FILE = "hub.address"
"""File with the hub's address, in the data folder. For services; readable by its owner alone."""
CHECKED = ("require", "verify-ca", "verify-full")
OLDEST = 130000
"""Oldest supported server: PostgreSQL 13. It is the first with transaction ids of 64 bits in SQL."""


def address() -> str:
    """Return the hub's address. Raises UsageError if none is set, or if others can read the file with it."""
    if found := os.environ.get(ADDRESS, "").strip():
        return found
    path = home() / FILE
    try:
        status = path.stat()
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise UsageError(f"{path} can be read by others, and may hold a password: run  chmod 600 {path}")
        return content(path).decode().strip()
    except FileNotFoundError:
        pass
    except (OSError, UnicodeError) as error:
        raise UsageError(
            f"{path} cannot be read ({error}): write the hub's address into it, or set {ADDRESS}"
        ) from error
    raise UsageError(
        f"no hub is named: set {ADDRESS} to the address of a PostgreSQL database, such as "
        f"postgresql://me@hub.example/notes, or write it into {path} (mode 600)"
    )


def parameters(given: str) -> dict[str, Any]:
    """Return the connection parameters for the address ``given``.

    Raises UsageError for an address that is none, or that would go without TLS.
    """
    psycopg = _psycopg()
    try:
        values: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(given)
    except psycopg.Error:
        # The message of the library repeats parts of the address, which may be those of a password.
        raise UsageError(f"{ADDRESS} is no address of a PostgreSQL database: postgresql://user@host/database") from None
    mode = str(values.get("sslmode") or os.environ.get("PGSSLMODE") or "")
    if not is_here(values, os.environ):
        if mode and mode not in CHECKED:
            raise UsageError(f"the hub is on another device, and sslmode={mode} may go without TLS: use verify-full")
        values["sslmode"] = mode or "verify-full"
        if values["sslmode"] == "verify-full" and not (values.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")):
            values["sslrootcert"] = "system"
    values.setdefault("connect_timeout", 10)
    values.setdefault("application_name", "sanderling")
    return values


def is_here(values: Mapping[str, Any], environment: Mapping[str, str]) -> bool:
    """Return whether libpq would connect only to this device. By sockets of the file system, and loopback."""
    if values.get("service") or environment.get("PGSERVICE"):
        return False  # a file that only libpq reads says where it is
    hosts = (
        values.get("hostaddr") or environment.get("PGHOSTADDR") or values.get("host") or environment.get("PGHOST") or ""
    )
    return all(_is_here(host.strip()) for host in str(hosts).split(","))


def _is_here(host: str) -> bool:
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@contextmanager
def connected() -> Iterator[Connection]:
    """Connect to the hub during the block.

    Raises UsageError as :func:`address` does; HubError where the server cannot be reached or refuses, also within the
    block; MissingExtra.
    """
    given = address()
    psycopg = _psycopg()
    values = parameters(given)
    with explained(), permitted(Permit("", 0, "the hub that the user named")):
        connection = psycopg.connect(**values, autocommit=True)
    try:
        with explained():
            if connection.info.server_version < OLDEST:
                raise HubError(
                    f"the hub runs PostgreSQL {connection.info.server_version // 10000}: it needs 13 or newer"
                )
            if not is_here(values, os.environ) and not connection.pgconn.ssl_in_use:
                raise HubError("the hub is on another device and speaks no TLS: turn on ssl in its postgresql.conf")
            yield connection
    finally:
        connection.close()


@contextmanager
def explained() -> Iterator[None]:
    """Convert errors of the PostgreSQL library to HubError."""
    psycopg = _psycopg()
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise HubError(
            f"the hub refuses ({_first_line(error)}): ask its owner for  sanderling hub init --space SPACE --role YOU"
        ) from error
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName) as error:
        raise HubError("there is no hub in this database: its owner makes one with  sanderling hub init") from error
    except psycopg.errors.DiskFull as error:
        raise HubError(f"the hub's disk is full ({_first_line(error)}): nothing of this step was kept") from error
    except psycopg.OperationalError as error:
        raise HubError(
            f"the hub cannot be reached ({_first_line(error)}): what was acknowledged is kept, run the command again"
        ) from error
    except psycopg.Error as error:
        raise HubError(f"the hub failed ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _psycopg() -> Any:
    try:
        import psycopg
        import psycopg.conninfo
    except ImportError as error:
        raise MissingExtra("a hub", "hub") from error
    return psycopg

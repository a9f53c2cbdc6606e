"""How the hub is named and reached: no password in the open, no words without TLS."""

from __future__ import annotations

import pytest

from sanderling.errors import HubError, UsageError
from sanderling.hub.connect import address, connected, is_here, parameters

pytest.importorskip("psycopg", reason="the extra hub is not installed")
HERE = (
    "host=/run/postgresql",
    "host=localhost",
    "host=127.0.0.1",
    "postgresql://me@[::1]/notes",
    "host=localhost,127.0.0.2",
    "dbname=notes",
)
ELSEWHERE = (
    "postgresql://me@hub.example/notes",
    "host=localhost,hub.example",
    "host=localhost hostaddr=192.0.2.7",
    "service=hub",
    "host=127.0.0.1.example",
    "host=10.0.0.1",
)


@pytest.fixture(autouse=True)
def bare(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    for name in ("SANDERLING_HUB", "PGHOST", "PGHOSTADDR", "PGSSLMODE", "PGSERVICE", "PGSSLROOTCERT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("given", HERE)
def test_this_device_needs_no_tls(given):
    assert "sslmode" not in parameters(given)


@pytest.mark.parametrize("given", ELSEWHERE)
def test_elsewhere_tls_is_required_and_checked(given, monkeypatch):
    values = parameters(given)
    assert (values["sslmode"], values["sslrootcert"]) == ("verify-full", "system")
    assert parameters(f"{given}&sslmode=require" if "?" in given else given)["sslmode"] == "verify-full"
    for mode in ("disable", "allow", "prefer"):
        monkeypatch.setenv("PGSSLMODE", mode)
        with pytest.raises(UsageError, match="TLS"):
            parameters(given)
    monkeypatch.setenv("PGSSLMODE", "require")
    assert parameters(given)["sslmode"] == "require"


def test_the_environment_may_name_another_host(monkeypatch):
    monkeypatch.setenv("PGHOST", "hub.example")
    assert parameters("dbname=notes")["sslmode"] == "verify-full"
    assert not is_here({"host": "localhost"}, {"PGHOSTADDR": "192.0.2.7"})


def test_no_part_of_a_wrong_address_is_repeated():
    with pytest.raises(UsageError) as refused:
        parameters("postgresql://me:s3cret word@hub.example/notes?x")
    assert "s3cret" not in str(refused.value)


def test_a_file_that_others_can_read_is_refused(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="no hub is named"):
        address()
    file = tmp_path / "hub.address"
    file.write_text("host=/nowhere password=s3cret\n")
    file.chmod(0o640)
    # The data folder closes its files itself; one in a folder that it leaves alone stays as it is.
    monkeypatch.setattr("sanderling.hub.connect.home", lambda: tmp_path)
    with pytest.raises(UsageError, match="chmod 600"):
        address()
    file.chmod(0o600)
    assert address() == "host=/nowhere password=s3cret"
    monkeypatch.setenv("SANDERLING_HUB", "host=/elsewhere")
    assert address() == "host=/elsewhere"


def test_a_server_that_is_not_there_is_said_in_one_line(monkeypatch):
    monkeypatch.setenv("SANDERLING_HUB", "postgresql://me:s3cret@127.0.0.1:1/notes")
    with pytest.raises(HubError) as refused, connected():
        pass
    assert "cannot be reached" in str(refused.value)
    assert "s3cret" not in str(refused.value) and "\n" not in str(refused.value)

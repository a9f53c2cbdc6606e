from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from sanderling.egress import ANYWHERE, Permit, _allowed

GUARDED = """
import socket, threading
from sanderling import egress
listener = socket.create_server(("127.0.0.1", 0))
port = listener.getsockname()[1]
egress.guard(); egress.guard()
def connects(host="127.0.0.1", to=port):
    try:
        socket.create_connection((host, to), 2).close()
    except egress.Refused:
        return False
    return True
"""


def run(code: str) -> str:
    """Run ``code`` in a process of its own, because a guard stays until the end."""
    done = subprocess.run(
        [sys.executable, "-c", GUARDED + textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_guarded_process_connects_with_a_permit_only_and_only_where_it_says() -> None:
    assert run("""
        print(connects())
        with egress.permitted(egress.Permit("127.0.0.1", port)):
            print(connects(), connects(to=port + 1 if port < 65535 else 1), connects(host="127.0.0.2"))
        print(connects())
    """).split() == ["False", "True", "False", "False", "False"]


def test_a_thread_has_no_permit_of_its_starter() -> None:
    assert (
        run("""
        with egress.permitted(egress.ANYWHERE):
            thread = threading.Thread(target=lambda: print(connects()))
            thread.start(); thread.join()
    """)
        == "False"
    )


def test_names_are_not_looked_up_and_datagrams_not_sent() -> None:
    assert (
        run("""
        for attempt in (
            lambda: socket.getaddrinfo("example.invalid", 80),
            lambda: socket.gethostbyname("example.invalid"),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9)),
            lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendmsg([b"x"], [], 0, ("127.0.0.1", 9)),
            lambda: socket.socket(socket.AF_INET).connect_ex(("127.0.0.1", port)),
        ):
            try:
                attempt(); print("sent")
            except egress.Refused:
                print("no")
    """).split()
        == ["no"] * 5
    )


def test_sockets_of_this_machine_work(tmp_path) -> None:
    assert (
        run(f"""
        here = socket.socket(socket.AF_UNIX); here.bind({str(tmp_path / "s")!r}); here.listen()
        there = socket.socket(socket.AF_UNIX); there.connect({str(tmp_path / "s")!r}); there.sendmsg([b"x"])
        print(socket.getaddrinfo("localhost", 80)[0][0] in (socket.AF_INET, socket.AF_INET6))
    """)
        == "True"
    )


def test_importing_the_package_guards_nothing() -> None:
    code = """
        import sanderling, socket
        listener = socket.create_server(("127.0.0.1", 0))
        socket.create_connection(listener.getsockname()).close()
        print("connected")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "connected"


@pytest.mark.parametrize("host", ["edge.lan", b"edge.lan"])
def test_a_permit_for_a_host_is_for_its_name(host) -> None:
    for permit, expected in ((Permit("edge.lan", 80), True), (Permit("other", 80), False), (ANYWHERE, True)):
        assert _allowed("socket.getaddrinfo", (host, 80, 0, 0, 0), permit) is expected
    assert not _allowed("socket.getaddrinfo", (host, 80, 0, 0, 0), None)


def test_a_permit_is_made_of_an_address_of_the_web_alone() -> None:
    assert Permit.of_url("https://a.b/v1")[:2] == ("a.b", 443)
    assert Permit.of_url("http://[::1]:8000/v1")[:2] == ("::1", 8000)
    for url in ("edge.lan:8000", "file:///etc/passwd", "http://", "http://a:99999"):
        with pytest.raises(ValueError):
            Permit.of_url(url)

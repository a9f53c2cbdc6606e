from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import os, socket, sys
from sanderling.engines.isolation import isolate
if sys.argv[1] != "root" and os.geteuid() == 0:
    os.setgid(65534); os.setuid(65534)  # who may not read this installation, but has it loaded
before, listener = (os.geteuid(), os.getegid()), socket.create_server(("127.0.0.1", 0))
why = isolate()
try:
    socket.socket().connect(listener.getsockname())
    reached = True
except OSError:
    reached = False
print(why or "isolated", reached, (os.geteuid(), os.getegid()) == before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's")
@pytest.mark.parametrize("who", ["root", "user"])
def test_an_isolated_process_reaches_nobody_and_stays_who_it_is(who: str) -> None:
    done = subprocess.run([sys.executable, "-c", CODE, who], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = done.stdout.strip()
    if not said.startswith("isolated"):
        pytest.skip(f"this system allows no namespace: {said}")
    assert said == "isolated False True"

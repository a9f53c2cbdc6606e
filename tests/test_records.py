"""Records: read from bytes by several threads at once."""

import subprocess
import sys

import pytest

# A type's description is built by the first decode. Before msgspec 0.23 a second thread that came meanwhile found it
# half built, and the process ended: a service's first two questions, which read the same file at once, did that.
_FIRST_DECODES = """
import sys, threading, types
import msgspec

sys.setswitchinterval(1e-6)
FIELDS = "".join(f"    f{i}: dict[str, tuple[int | None, Literal['x', 'y']]] = {{}}\\n" for i in range(20))
SOURCE = "from typing import Literal\\nimport msgspec\\n"
SOURCE += "class Inner(msgspec.Struct):\\n" + FIELDS + "class Outer(msgspec.Struct):\\n    inner: list[Inner] = []\\n"
for _ in range(50):
    module = sys.modules["made"] = types.ModuleType("made")
    exec("from __future__ import annotations\\n" + SOURCE, module.__dict__)
    gate = threading.Barrier(2)

    def decode(outer=module.Outer):
        gate.wait()
        msgspec.json.decode(b'{"inner": [{"f0": {"a": [1, "x"]}}]}', type=outer)

    threads = [threading.Thread(target=decode) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


@pytest.mark.timeout(60)
def test_two_threads_may_be_the_first_to_decode_into_a_type() -> None:
    done = subprocess.run([sys.executable, "-c", _FIRST_DECODES], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")

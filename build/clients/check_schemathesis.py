"""Sends valid and invalid requests that schemathesis derives from the OpenAPI document, and checks the replies."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from checking import KEY, URL, check, expect, run

HOOKS = Path(__file__).with_name("schemathesis_hooks.py")
EXAMPLES = "8"
"""Requests of each kind for each route."""
LEFT_OUT = "positive_data_acceptance,unsupported_method"
"""Checks left out. A schema cannot say that a random id names no note, and a POST without JSON gets 415 even where 405
would follow, because a page of any origin can send it."""


@check("every documented route")
def routes() -> str:
    """Run the ``schemathesis`` command."""
    words = [sys.executable, "-m", "schemathesis.cli", "run", f"{URL}/openapi.json"]
    words += ["--header", f"Authorization: Bearer {KEY}", "--exclude-checks", LEFT_OUT]
    words += [
        "--max-examples",
        EXAMPLES,
        "--continue-on-failure",
        "--phases",
        "examples,coverage,fuzzing",
        "--seed",
        "1",
        "--request-timeout",
        "300",
        "--no-color",
    ]
    env = {**os.environ, "SCHEMATHESIS_HOOKS": HOOKS.stem, "PYTHONPATH": str(HOOKS.parent)}
    with tempfile.TemporaryDirectory() as folder:  # it keeps what it found in the working one
        done = subprocess.run(
            words, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, cwd=folder
        )
    sys.stderr.write(done.stdout[-6000:] if done.returncode else "")
    expect(done.returncode == 0, done.stdout[-400:])
    count = re.search(r"(\d+) generated", done.stdout)
    expect(count and int(count[1]) > 100, done.stdout[-400:])
    return f"{count[1]} requests"


if __name__ == "__main__":
    run("schemathesis")

"""Looks up the known vulnerabilities of all packages that ``pip install 'sanderling[all]'`` installs.

No package may be skipped. ``python build/release/audit.py PYTHON``: what is installed beside that interpreter is
audited, but for Sanderling itself. The exit code is 1 if a package has a known vulnerability or could not be looked up,
and 77 if none could be: then the index in use has no such data, and nothing was said about any package.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NOT_RUN = 77


def verdict(report: dict[str, Any]) -> tuple[int, list[str]]:
    """Return the exit code and the message for pip-audit's JSON."""
    packages = report["dependencies"]
    skipped = [each for each in packages if "skip_reason" in each]
    if not packages:
        return 1, ["no package was audited: install what is to be released first"]
    if len(skipped) == len(packages):
        return NOT_RUN, [f"the index in use knows no vulnerabilities: all {len(packages)} packages were skipped"]
    said = [f"{each['name']} was skipped: {each['skip_reason']}" for each in skipped]
    said += [
        f"{each['name']} {each['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}"
        for each in packages
        for flaw in each.get("vulns", [])
    ]
    return (1 if said else 0), said or [f"{len(packages)} packages without a known vulnerability, none skipped"]


def main(arguments: list[str]) -> int:
    """Audit the environment of the named interpreter, and return the exit code.

    The verdict is printed.
    """
    (python,) = arguments
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze", "--exclude=sanderling", "--exclude=sanderling-engine"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    with tempfile.TemporaryDirectory() as folder:
        requirements = Path(folder) / "requirements.txt"
        requirements.write_text(listed, encoding="utf-8")
        words = ["pip-audit", "--no-deps", "--disable-pip", "--progress-spinner=off", "--format=json"]
        done = subprocess.run([*words, "-r", str(requirements)], capture_output=True, text=True, check=False)
    try:
        report = json.loads(done.stdout)
    except ValueError:
        print(*done.stderr.strip().splitlines()[-1:], sep="\n")
        return NOT_RUN if "ConnectionError" in done.stderr or "connect" in done.stderr else 1
    code, said = verdict(report)
    print("\n".join(said))
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

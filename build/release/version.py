"""Check that tag, workspace, both lock files and the changelog name the same version.

``python build/release/version.py [TAG]``: TAG as `v0.3.0`; without one only the files are compared.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
DATED = re.compile(r"^## (\S+) - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
OURS = ("sanderling-core", "sanderling-py")


def problems(top: Path, tag: str | None = None) -> list[str]:
    """Return one line for each place that names another version than Cargo.toml.

    ``top``: the tree.
    """
    version = str(tomllib.loads((top / "Cargo.toml").read_text(encoding="utf-8"))["workspace"]["package"]["version"])
    found = []
    if tag is not None and tag != f"v{version}":
        found.append(f"the tag is {tag}, Cargo.toml has {version}: tag v{version}")
    for name in ("Cargo.lock", "rust_core/fuzz/Cargo.lock"):
        locked = tomllib.loads((top / name).read_text(encoding="utf-8"))["package"]
        found += [
            f"{name} has {each['name']} {each['version']}: run cargo check"
            for each in locked
            if each["name"] in OURS and each["version"] != version
        ]
    titles = re.findall(r"^## .*$", (top / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    newest = DATED.match(titles[0]) if titles else None
    if newest is None or newest[1] != version:
        found.append(f"CHANGELOG.md begins with {titles[:1]}: the newest section is  ## {version} - DATE")
    return found


def main(arguments: list[str]) -> int:
    """Print the differences and return the exit code."""
    found = problems(TOP, arguments[0] if arguments else None)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Refuse HTML pages that would load anything from a network: scripts, styles, fonts, images. Links are allowed.

python docs/offline.py docs/_build
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LOADED = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*\b(?:src|data)=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|<link\b(?![^>]*rel=[\"']?(?:canonical|search|index|next|prev)\b)[^>]*\bhref=[\"']?((?:https?:)?//[^\"'\s>]+)"
    r"|url\([\"']?((?:https?:)?//[^)\"']+)"
    r"|@import\s+[\"']((?:https?:)?//[^\"']+)"
)


def loaded(text: str) -> Iterator[str]:
    """Yield the addresses that a page or a style sheet loads from elsewhere."""
    for match in LOADED.finditer(text):
        yield next(filter(None, match.groups()))


def main(folder: Path) -> int:
    """Print what is loaded from elsewhere; return how much."""
    found = [
        f"{path}: loads {address}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".css")
        for address in loaded(path.read_text(encoding="utf-8"))
    ]
    print("\n".join(found), end="\n" if found else "")
    return len(found)


if __name__ == "__main__":
    sys.exit(min(main(Path(sys.argv[1])), 1))

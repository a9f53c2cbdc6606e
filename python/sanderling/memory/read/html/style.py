"""Find the classes and ids that a style sheet inside a page hides."""

from __future__ import annotations

import re

MAX_SHEET_CHARS = 1 << 20

_COMMENT = re.compile(r"/\*(?:[^*]|\*(?!/))*+(?:\*/)?+")
_BRACE = re.compile(r"[{}]")
_DISPLAY = re.compile(r"(?:^|[;\s])(display|visibility)\s{0,9}:\s{0,9}([a-z-]{1,30})", re.IGNORECASE)
_NAMES = re.compile(r"[.#][\w-]{1,100}")


def hidden_by(sheet: str) -> frozenset[str]:
    """Return the names (``.class``, ``#id``) that a rule of ``sheet`` hides on all screens.

    A name that another rule shows, as those of tabs and menus that open, is none of these.
    """
    hidden: set[str] = set()
    shown: set[str] = set()
    depth = at = 0
    begins = [0]
    sheet = _COMMENT.sub(" ", sheet[:MAX_SHEET_CHARS])
    for brace in _BRACE.finditer(sheet):
        if brace[0] == "{":
            depth += 1
            begins.append(at)
        elif depth:
            start = begins.pop()
            selectors, _, declarations = sheet[start : brace.start()].partition("{")
            depth -= 1
            if "{" not in declarations and (said := _DISPLAY.findall(declarations)):
                hides = any(value.lower() in ("none", "hidden") for _, value in said)
                for selector in selectors.split(","):
                    name = selector.strip()
                    if not hides:
                        shown.update(_NAMES.findall(name))
                    elif not depth and _NAMES.fullmatch(name):
                        hidden.add(name)
        at = brace.end()
    return frozenset(hidden - shown)

"""Expressions compiled at their first use, and what a start of the program compiles."""

from __future__ import annotations

import re
import subprocess
import sys

from sanderling.text.lazy_pattern import lazy_pattern

COMPILED = """
import re, sys
compiled, compile = [], re.compile
def noted(*text, **flags):
    compiled.append(sys._getframe(1).f_globals["__name__"])
    return compile(*text, **flags)
re.compile = noted
import sanderling.runtime
print(*compiled)
"""


def test_it_is_compiled_once_and_at_its_first_use(monkeypatch) -> None:
    compiled: list[str] = []
    compile = re.compile
    monkeypatch.setattr(re, "compile", lambda text, flags=0: compiled.append(text) or compile(text, flags))
    found = lazy_pattern(r"(?P<year>\d{4})")
    assert (found.pattern, compiled) == (r"(?P<year>\d{4})", [])
    assert found.search("in 2024")["year"] == "2024"
    assert found.search("then") is None
    assert compiled == [r"(?P<year>\d{4})"]
    assert dict(found.groupindex) == {"year": 1}


def test_it_keeps_its_flags() -> None:
    assert lazy_pattern("märz", re.IGNORECASE).fullmatch("MÄRZ")


def test_importing_the_runtime_compiles_no_dates_and_no_grammar() -> None:
    done = subprocess.run([sys.executable, "-c", COMPILED], capture_output=True, text=True, check=True)
    modules = set(done.stdout.split())
    assert modules, "the program above counts what is compiled"
    lazy = {f"sanderling.text.{name}" for name in ("searched", "script", "wrapped", "dates.written", "dates.relative")}
    assert not modules & (lazy | {"sanderling.text.questions.notes_grammar", "sanderling.text.questions.asked"})

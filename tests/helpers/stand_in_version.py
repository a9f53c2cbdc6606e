"""A folder that passes for a source tree of Sanderling: it answers at once, by the command line and by ``Runtime``."""

from __future__ import annotations

from pathlib import Path

_ANSWER = """
import json, os

def answer(question, context="small"):
    if "fail" in question:
        raise RuntimeError("no such thing")
    timings = {"total": 40.0, "embed": 4.0, "retrieval": 6.0, "llm": 28.0, "ttft": 20.0, "unknown_stage": 1.0}
    return {
        "text": NAME + " knows",
        "timings_ms": timings,
        "tokens": {"prompt": 110, "cached": 10, "completion": 5},
        "route": {"model_id": "m", "context_bin": context, "context_tokens": 96},
        "home": os.environ["SANDERLING_HOME"],
    }
"""
_INIT = """
from ._answer import answer

class Config:
    pass

class Runtime:
    @classmethod
    def open(cls, path, router, config, **options):
        if options.get("model") == "absent":
            raise RuntimeError("absent is not here")
        print("a library prints something")
        return cls()

    def ask(self, question, temperature, max_tokens, cache):
        assert (temperature, cache) == (0, False)
        return answer(question)

    def close(self):
        pass
"""
_MAIN = """
import json, pathlib, sys
from ._answer import answer

if sys.argv[1] == "ingest":
    pathlib.Path(sys.argv[sys.argv.index("--memory") + 1]).write_text("memory")
else:
    try:
        print(json.dumps(answer(sys.argv[-1])))
    except RuntimeError as error:
        sys.exit(f"error: {error}")
"""
_MACHINE = "def machine_block():\n    return {'sanderling': '0.2.0', 'commit': 'abc'}\n"


def stand_in_version(folder: Path, name: str) -> Path:
    """Write the source tree of a version called ``name`` to ``folder`` and return it."""
    package = folder / "python" / "sanderling"
    (package / "device").mkdir(parents=True)
    (package / "_answer.py").write_text(f"NAME = {name!r}\n{_ANSWER}")
    (package / "__init__.py").write_text(_INIT)
    (package / "__main__.py").write_text(_MAIN)
    (package / "device" / "__init__.py").write_text("")
    (package / "device" / "machine.py").write_text(_MACHINE)
    return folder

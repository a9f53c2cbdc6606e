"""A command line in a process of its own, with a scripted model and embedder in place of real ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

_CODE = """
import sys
sys.path[:0] = {helpers!r}
from pathlib import Path
from gguf_files import lfm2_header
from hash_embedder import HashEmbedder
from scripted_model import model
from sanderling import cli
from sanderling.engines.model_pool import ModelPool
from sanderling.models import embedder, fit, pick_quant
folder = Path({folder!r})
rules = (
    {{"when": "long", "say": "one two three " * 400, "token_ms": 10}},
    {{"when": "storm", "then": "crash"}},
    {{"when": "refuse", "say": "Th", "then": "raise"}},
    {{"when": "slowly", "say": "x" * 4000, "token_ms": 20}},
)
small = model(folder, "small", 1, *rules, say="Ada Lind")
fit.header_of = lambda path: lfm2_header()
fit.require = lambda *a, **k: None
pick_quant.resolve = lambda *a, **k: small
embedder.open_for_memory = lambda *a, **k: (HashEmbedder(), "")
begin = ModelPool.__init__
ModelPool.__init__ = lambda self, engine, config=None: begin(self, "scripted", config)
{before}
"""
_ONE = """
sys.argv = ["sanderling", *{arguments!r}]
cli.main()
"""
_FORKS = """
import json, os, tempfile
told = []
for arguments in {several!r}:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if not child:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            sys.argv = ["sanderling", *arguments]
            cli.main()
            sys.exit()
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said = [each.seek(0) or each.read() for each in (out, err)]
        told.append([code, *said])
print(json.dumps(told))
"""


def command(folder: Path, *arguments: str, before: str = "") -> list[str]:
    """Return the words that run a command. ``folder``: of the model. ``before``: Python to run first."""
    return _words(folder, before, _ONE.format(arguments=list(arguments)))


def forks(folder: Path, several: Sequence[Sequence[str]], before: str = "") -> list[str]:
    """Return the words that run several commands, each in a fork of one process that imported what they share.

    It prints a JSON list of each command's exit code, stdout and stderr. ``before``: Python to run first.
    """
    return _words(folder, before, _FORKS.format(several=[list(each) for each in several]))


def _words(folder: Path, before: str, run: str) -> list[str]:
    helpers = [str(Path(__file__).parent)]
    return [sys.executable, "-c", _CODE.format(helpers=helpers, folder=str(folder), before=before) + run]


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of such a command."""
    return {**os.environ, "SANDERLING_HOME": str(folder / "home"), "PYTHONPATH": os.pathsep.join(sys.path)}

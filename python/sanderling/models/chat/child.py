"""Derives a chat format in a child process.

``python -m sanderling.models.chat.child FILE`` prints a Derived. A template is a program from whoever made the model's
file. Here it may take only so much time and memory.
"""

from __future__ import annotations

import contextlib
import resource
import sys
import tempfile
from pathlib import Path
from subprocess import TimeoutExpired

import msgspec

from ... import child_process
from ...disk.files import content
from ...engines.chat_format import TODAY, ChatFormat
from ...errors import MissingExtra
from ...records import Record

CPU_S, TIMEOUT_S = 20, 60
"""Maximum processor time and maximum time for a template, in seconds. The largest published ones take 1 s."""
MEMORY_BYTES = 2 << 30
"""Maximum address space of the child process, in bytes."""


class Asked(Record):
    """A template with the tokens that it may use."""

    template: str
    bos: str
    eos: str
    control: tuple[str, ...]
    """The vocabulary's control tokens."""


class Derived(Record):
    """The chat format derived from a template. ``format`` None: it has none, and ``why`` says why."""

    format: ChatFormat | None = None
    why: str = ""


def derived(asked: Asked) -> Derived:
    """Derive the chat format of a template in a child process.

    Raises MissingExtra if Jinja is not installed.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise MissingExtra("reading a model's chat template", "templates") from error
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "asked"
        path.write_bytes(msgspec.json.encode(asked))
        try:
            done = child_process.run(__name__, str(path), timeout_s=TIMEOUT_S)
            return msgspec.json.decode(done.stdout, type=Derived)
        except (TimeoutExpired, msgspec.DecodeError):
            return Derived(why="its template takes more time or memory than a template may")


def main(path: Path) -> None:
    """Derive the format of the template in ``path``, and print the format as JSON."""
    from .derive import NoFormat, derive
    from .template import Template, TemplateFailed

    asked = msgspec.json.decode(content(path), type=Asked)
    for limit, value in ((resource.RLIMIT_CPU, CPU_S), (resource.RLIMIT_AS, MEMORY_BYTES)):
        with contextlib.suppress(OSError, ValueError):  # macOS has no limit of the address space
            resource.setrlimit(limit, (value, value))
    try:
        tokens = {"bos_token": asked.bos, "eos_token": asked.eos}
        template = Template(asked.template, tokens, lambda format: f"{TODAY}{format}}}")
        found = Derived(format=derive(template, asked.control))
    except (NoFormat, TemplateFailed) as error:
        found = Derived(why=str(error))
    except (RecursionError, MemoryError):
        found = Derived(why="its template takes more memory than a template may")
    sys.stdout.buffer.write(msgspec.json.encode(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

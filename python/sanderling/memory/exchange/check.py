"""Check all lines of a file before an import writes anything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO

from ...errors import UsageError
from ...records import Record
from ..store.exchange import keys_of
from ..store.store import Store
from .lines import FORMAT, MAX_LINE_BYTES, AnyLine, Bad, DocumentLine, EdgeLine, HeadLine, NodeLine, decode, vector_of

NAMED = 3
"""Bad lines that the message of an error names."""
_AT_ONCE = 1000


class Checked(Record):
    """The contents of a file whose lines are all valid."""

    head: HeadLine
    """Format 1 without an embedder, if the file has no first line of this kind."""
    documents: dict[str, tuple[str, ...]]
    """Ids of the nodes of each document, in reading order, by the document's address."""
    loose: int
    """Number of nodes that belong to no document."""
    edges: int


def lines_of(file: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of each line of ``file`` that is not empty, from the first line on.

    Of a line that is too long one byte more than allowed is given, and the rest passed over.
    """
    file.seek(0)
    number = 0
    while line := file.readline(MAX_LINE_BYTES + 1):
        number += 1
        whole = line
        while len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES + 1)
            if not line:
                break
        whole = whole.removeprefix(b"\xef\xbb\xbf") if number == 1 else whole
        if whole.strip():
            yield number, whole


def check(store: Store, file: IO[bytes], name: str) -> Checked:
    """Read and check all lines of ``file``; return its contents. ``name``: name of the file in messages.

    Raises BadLines if any cannot be used; then nothing of the file should be.
    """
    run = _Check(store)
    for number, data in lines_of(file):
        try:
            if len(data) > MAX_LINE_BYTES:
                raise Bad(f"longer than {MAX_LINE_BYTES >> 20} MiB")
            run.line(number, decode(data))
        except Bad as error:
            run.problems.append((number, str(error)))
    run.ends()
    if run.problems:
        raise BadLines(name, [f"line {number}: {problem}" for number, problem in sorted(run.problems)])
    return Checked(
        head=run.head or HeadLine(format=FORMAT),
        documents={uri: tuple(ids) for uri, ids in run.documents.items()},
        loose=run.loose,
        edges=len(run.edges),
    )


class BadLines(UsageError):
    """Raised for a file with unusable lines, from which nothing was imported."""

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        """Build the message from the ``problems`` of the file called ``name``. There is at least one."""
        more = f"; and {len(problems) - NAMED:,} more" if len(problems) > NAMED else ""
        super().__init__(
            f"{name}: nothing was taken in, mend or remove what cannot be used: {'; '.join(problems[:NAMED])}{more}"
        )
        self.problems = tuple(problems)


class _Check:
    """The lines read up to now."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._first: dict[str, int] = {}  # id of a node, number of its line
        self._open: str | None = None  # address of the document whose nodes may follow
        self._lines = 0
        self.head: HeadLine | None = None
        self.documents: dict[str, list[str]] = {}
        self.loose = 0
        self.edges: list[tuple[int, str, str]] = []
        self.problems: list[tuple[int, str]] = []

    def line(self, number: int, line: AnyLine) -> None:
        """Check one line, and record its contents. Raises Bad."""
        self._lines += 1
        if not (isinstance(line, NodeLine) and line.document):
            self._open = None
        if isinstance(line, HeadLine):
            self._head(line)
        elif isinstance(line, DocumentLine):
            self._open = line.uri
            if line.uri in self.documents:
                raise Bad(f"a second document {line.uri}")
            self.documents[line.uri] = []
        elif isinstance(line, NodeLine):
            self._node(number, line)
        else:
            assert isinstance(line, EdgeLine)
            self.edges.append((number, line.src, line.dst))

    def _head(self, line: HeadLine) -> None:
        if self._lines > 1:
            raise Bad("only the first line says where the file is from")
        if line.format != FORMAT:
            raise Bad(f"format {line.format}: this version reads format {FORMAT}, a newer one perhaps more")
        self.head = line

    def _node(self, number: int, line: NodeLine) -> None:
        if line.id in self._first:
            raise Bad(f"the same id, or the same note, as line {self._first[line.id]}")
        self._first[line.id] = number
        if line.vector:
            if self.head is None or not self.head.dim:
                raise Bad("a vector, but the first line does not say of which embedder")
            vector_of(line, self.head.dim)
        if not line.document:
            self.loose += 1
        elif line.document != self._open:
            raise Bad(f"no line of the document {line.document} stands before it, or another document does")
        else:
            self.documents[line.document].append(line.id)

    def ends(self) -> None:
        """Check that both ends of every edge are in the file or in the memory."""
        missing = list(dict.fromkeys(end for _, *ends in self.edges for end in ends if end not in self._first))
        held: set[str] = set()
        for first in range(0, len(missing), _AT_ONCE):
            held |= keys_of(self._store, missing[first : first + _AT_ONCE]).keys()
        for number, *ends in self.edges:
            for name, end in zip(("src", "dst"), ends, strict=True):
                if end not in self._first and end not in held:
                    self.problems.append((number, f"{name} {end} is a node neither of the file nor of the memory"))

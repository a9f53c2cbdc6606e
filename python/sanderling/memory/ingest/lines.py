"""JSON lines reader: reads one document from each line, as in BEIR's ``corpus.jsonl``."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator

import msgspec

from ...text.clean import Empty, Unreadable
from .document import Document, Unchanged, document_of
from .metadata import aliases_of, metadata_of
from .walk import Skipped


class _Line(msgspec.Struct):
    """A line of a ``.jsonl`` file."""

    text: str
    title: str | None = None
    _id: str | int | None = None
    id: str | int | None = None
    url: str | None = None


def read_lines(file: str, data: bytes, known: Callable[[str], str | None]) -> Iterator[Document | Unchanged | Skipped]:
    """Yield the documents in ``data``, then its bad lines.

    ``data``: the bytes of the file at the address ``file``. ``known`` gives the content hash of an address in the
    memory, or None. Raises Unreadable if no line is a document.
    """
    seen: set[str] = set()
    bad: list[Skipped] = []
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True), start=1):
        if not line.strip():
            continue
        try:
            document = _document(file, number, line)
            if document.uri in seen:
                raise Unreadable("its id stands in an earlier line already")
        except Unreadable as error:
            bad.append(Skipped(uri=f"{file}, line {number}", reason=str(error), size_bytes=len(line)))
            continue
        seen.add(document.uri)
        if known(document.uri) == document.content_hash:
            yield Unchanged(uri=document.uri, size_bytes=len(line))
        else:
            yield document
    if not seen:
        raise Unreadable(f"no line holds a document; the first: {bad[0].reason}") if bad else Empty("holds no text")
    yield from bad


def _document(file: str, number: int, line: bytes) -> Document:
    try:
        line_fields = msgspec.json.decode(line)
        fields = msgspec.convert(line_fields, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(str(error)) from error
    except RecursionError as error:
        raise Unreadable("nested too deeply") from error
    name = next((given for given in (fields._id, fields.id, fields.url) if given is not None), f"line {number}")
    inner = line_fields.get("metadata")
    stated = {**(inner if isinstance(inner, dict) else {}), **line_fields}
    metadata, warnings = metadata_of(stated)
    aliases, odd = aliases_of(stated)
    document = document_of(fields.text, fields.title or "", f"{file}#{name}", metadata, aliases)
    if not document.text.strip():
        raise Unreadable("holds no text")
    return msgspec.structs.replace(document, size_bytes=len(line), warnings=warnings + odd)

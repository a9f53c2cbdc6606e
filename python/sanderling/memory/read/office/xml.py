"""Reads XML as a stream of events, in bounded memory, without entities, DTDs or external content.

Names are without their namespaces: each kind of file has one vocabulary, of which Microsoft and others write two
spellings (transitional and strict).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from xml.parsers import expat

from ....text.clean import Unreadable

MAX_DEPTH = 2000
"""Deepest nesting of a document. Each open element costs memory, and nothing that is read nests so."""


class Start(NamedTuple):
    """The start of an element."""

    name: str
    attributes: Mapping[str, str]


class End(NamedTuple):
    """The end of an element."""

    name: str


Event = Start | End | str


def events(pieces: Iterable[bytes]) -> Iterator[Event]:
    """Yield the starts, ends and texts of an XML document given in ``pieces``. No bytes yield nothing.

    Raises Unreadable for XML that is broken, declares entities, or is nested too deeply.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    found: list[Event] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise Unreadable("XML nested too deeply")
        found.append(Start(_local(name), {_local(key): value for key, value in attributes.items()}))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append(End(_local(name)))

    def refuse(*_: object) -> None:
        raise Unreadable("XML with entities of its own, which no program writes")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = found.append
    parser.EntityDeclHandler = parser.UnparsedEntityDeclHandler = refuse
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    began = False
    for piece in pieces:
        began = True
        problem = _parsed(parser, piece, last=False)
        # What stands before the damage was read.
        yield from found
        found.clear()
        if problem is not None:
            raise problem
    problem = _parsed(parser, b"", last=True) if began else None
    yield from found
    if problem is not None:
        raise problem


def _parsed(parser: expat.XMLParserType, piece: bytes, *, last: bool) -> Unreadable | None:
    """Parse a piece; return its error, or None."""
    try:
        parser.Parse(piece, last)
    except expat.ExpatError as error:
        return Unreadable(f"broken XML ({error})")
    # An encoding in its declaration that is none of text.
    except (LookupError, ValueError) as error:
        return Unreadable(f"XML in an unknown encoding ({error})")
    except Unreadable as error:
        return error
    return None


def _local(name: str) -> str:
    return name.rpartition(" ")[2]

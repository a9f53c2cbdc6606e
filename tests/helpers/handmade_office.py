"""Zip files with a few members, and the least that makes a Word document, an OpenDocument text or a book of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN_DOCUMENT = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "text", "table", "draw")
)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    """Return a zip file with ``members``, by their names."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


def relations(**targets: str) -> str:
    """Return the relations of a part: kind=target, with ids r0, r1, …; a target with "://" is outside."""
    lines = [
        f'<Relationship Id="r{number}" Type="{_RELATION}/{kind.rstrip("_")}" Target="{target}"'
        + (' TargetMode="External"/>' if "://" in target else "/>")
        for number, (kind, target) in enumerate(targets.items())
    ]
    return f"<Relationships>{''.join(lines)}</Relationships>"


def word(body: str, parts: Mapping[str, str] = {}, **targets: str) -> bytes:
    """Return a Word document with ``body``; ``parts`` are further members, ``targets`` what its text relates to."""
    return zipped(
        {
            "_rels/.rels": relations(officeDocument="word/document.xml"),
            "word/_rels/document.xml.rels": relations(**targets),
            "word/document.xml": f'<w:document {_WORD} xmlns:r="r" xmlns:mc="mc"><w:body>{body}</w:body></w:document>',
            **parts,
        }
    )


def word_part(name: str, inside: str) -> str:
    """Return a part of a Word document, such as its styles."""
    return f"<w:{name} {_WORD}>{inside}</w:{name}>"


def open_document(body: str, styles: str = "", meta: str = "") -> bytes:
    """Return an OpenDocument text with ``body``."""
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "meta.xml": f"<m>{meta}</m>",
            "content.xml": f"<office:document-content {_OPEN_DOCUMENT}>{styles}<office:body><office:text>{body}"
            "</office:text></office:body></office:document-content>",
        }
    )


def book(pages: Mapping[str, str], *, title: str = "Book", spine: str = "", **members: str) -> bytes:
    """Return a book with ``pages`` in their order; ``spine`` is written into its spine, ``members`` are added."""
    items = "".join(
        f'<item id="p{number}" href="{name}" media-type="application/xhtml+xml"/>' for number, name in enumerate(pages)
    )
    order = "".join(f'<itemref idref="p{number}"/>' for number in range(len(pages)))
    return zipped(
        {
            "META-INF/container.xml": '<c><rootfiles><rootfile full-path="OPS/book.opf"/></rootfiles></c>',
            "OPS/book.opf": f"<package><metadata><title>{title}</title></metadata><manifest>{items}</manifest>"
            f"<spine>{order}{spine}</spine></package>",
            **{f"OPS/{name}": page for name, page in pages.items()},
            **members,
        }
    )

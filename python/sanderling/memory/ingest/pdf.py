"""PDF reader: extracts the title and the text of a file."""

from __future__ import annotations

import io

from ...errors import MissingExtra
from ...text.clean import Unreadable, clean


def read_pdf(data: bytes) -> tuple[str, str]:
    """Return (title or "", text of all pages) of a PDF file.

    Raises Unreadable for a broken or encrypted file, MissingExtra without the reader.
    """
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise MissingExtra("reading PDF files", "documents") from error
    try:
        reader = PdfReader(io.BytesIO(data))
        # Many files are encrypted with an empty password, only to forbid printing.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Unreadable("encrypted: save a copy without a password")
        title = reader.metadata.title if reader.metadata else None
        return str(title or ""), clean("\n\n".join(page.extract_text() for page in reader.pages))
    except Unreadable:
        raise
    # pypdf raises nearly every exception there is on damaged files, RecursionError and KeyError among them.
    except Exception as error:
        raise Unreadable(f"a broken PDF ({type(error).__name__}: {_first_line(error)})") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]

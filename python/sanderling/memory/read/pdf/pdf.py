"""PDF reader: extracts the title, language and text of a file, page by page.

A page that cannot be read, or has no text, is named in a warning, and the others are read.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ....errors import MissingExtra
from ....records import NodeMetadata
from ....text.clean import Empty, Unreadable, clean, one_line
from ....text.encoding.control_characters import without_control_characters
from ..document import Content
from .page_numbers import counted, ranges
from .running_text import running_text

if TYPE_CHECKING:
    from pypdf import PdfReader

PAGE_SECONDS = 30
"""Longest processor time of one page; an ordinary page takes a few hundredths of a second."""
FILE_SECONDS = 300
_DECRYPTING = "reading PDF files that are encrypted with AES"
_HEAD_BYTES = 1024


class _TooLong(Exception):
    """Raised inside the library when a page takes too long."""


def read_pdf(data: bytes) -> Content:
    """Return the content of a PDF file.

    Raises Unreadable for a file that is none, broken or protected by a password, Empty for one without text, and
    MissingExtra without the reader, or without what it needs for an encrypted file.
    """
    try:
        from pypdf import PdfReader
        from pypdf.errors import DependencyError
    except ImportError as error:
        raise MissingExtra("reading PDF files", "documents") from error
    if b"%PDF-" not in data[:_HEAD_BYTES]:
        _refuse(data)
    with _silent():
        try:
            reader = PdfReader(io.BytesIO(data))
            # Many files are encrypted with an empty password, only to forbid printing.
            if reader.is_encrypted and not reader.decrypt(""):
                raise Unreadable("protected by a password: save a copy without a password")
            n_pages = len(reader.pages)
            title, language = _title(reader), _language(reader)
        except Unreadable:
            raise
        except DependencyError as error:
            raise MissingExtra(_DECRYPTING, "documents") from error
        # pypdf raises nearly every exception there is on damaged files, RecursionError and KeyError among them.
        except Exception as error:
            raise Unreadable(_reason(error)) from error
        texts, problems = _pages(reader, n_pages)
        texts += _fields(reader)
    if not any(text.strip() for text in texts):
        if problems:
            raise Unreadable(next(iter(problems.values())))
        raise Empty("holds no text (scanned pages? make their text readable by OCR)")
    text, heads = running_text(texts)
    return Content(
        title=title,
        text=text,
        aliases=tuple(head for head in heads if head != title),
        metadata=NodeMetadata(language=language),
        warnings=_doubts(texts[:n_pages], problems),
    )


def _refuse(data: bytes) -> None:
    """Raise Unreadable if a file is no PDF."""
    if not data.strip(b"\0 \t\r\n"):
        raise Empty("holds no text")
    start = data[:_HEAD_BYTES].lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        raise Unreadable("not a PDF but a page of a browser: give it the suffix .html")
    raise Unreadable("not a PDF: it does not begin as one")


def _pages(reader: PdfReader, n_pages: int) -> tuple[list[str], dict[int, str]]:
    """Return the text of each page, and the reason for each page without text. Reasons are by page number, from 1."""
    from pypdf.errors import DependencyError

    texts: list[str] = []
    problems: dict[int, str] = {}
    ends = time.thread_time() + FILE_SECONDS
    for number in range(1, n_pages + 1):
        text = ""
        if time.thread_time() > ends:
            problems[number] = f"the file takes longer than {FILE_SECONDS} s"
        else:
            try:
                text = clean(reader.pages[number - 1].extract_text(visitor_operand_before=_stopwatch()))
                text = without_control_characters(text).text
            except Unreadable:
                text, problems[number] = "", "its fonts do not say which letters they show; make it readable by OCR"
            except DependencyError as error:
                raise MissingExtra(_DECRYPTING, "documents") from error
            except _TooLong:
                problems[number] = f"a page takes longer than {PAGE_SECONDS} s"
            except Exception as error:  # as above
                problems[number] = _reason(error)
        texts.append(text)
    return texts, problems


def _stopwatch() -> Any:
    """Return a function that aborts a page that takes too long. It is called at each operation of the page."""
    ends = time.thread_time() + PAGE_SECONDS
    calls = 0

    def look(*_: object) -> None:
        nonlocal calls
        calls += 1
        if not calls % 1000 and time.thread_time() > ends:
            raise _TooLong

    return look


def _doubts(texts: Sequence[str], problems: dict[int, str]) -> tuple[str, ...]:
    doubts = [
        f"{_listed([number for number in problems if problems[number] == reason], len(texts))} not read: {reason}"
        for reason in dict.fromkeys(problems.values())
    ]
    empty = [number for number, text in enumerate(texts, 1) if not text.strip() and number not in problems]
    if empty:
        some = f"{len(empty)} of {counted(len(texts))} hold{'s' * (len(empty) == 1)} no text: {ranges(empty)}"
        doubts.insert(0, f"{some} (scanned? make them readable by OCR)")
    return tuple(doubts)


def _listed(numbers: list[int], n_pages: int) -> str:
    return f"{len(numbers)} of {counted(n_pages)} ({ranges(numbers)})"


def _title(reader: PdfReader) -> str:
    return one_line(str(reader.metadata.title or "")) if reader.metadata else ""


def _language(reader: PdfReader) -> str:
    told = str(reader.root_object.get("/Lang", ""))[:20].replace("_", "-").partition("-")[0].strip().lower()
    return told if told.isascii() and told.isalpha() and len(told) in (2, 3) else ""


def _fields(reader: PdfReader) -> list[str]:
    """Return the contents of form fields, as the text of one more page."""
    try:
        fields = reader.get_form_text_fields() or {}
    except Exception:  # as above; the text of the pages is there
        return []
    lines = [f"{clean(str(name))}: {clean(str(value))}" for name, value in fields.items() if str(value or "").strip()]
    return ["\n".join(lines)] if lines else []


def _reason(error: Exception) -> str:
    from pypdf.errors import LimitReachedError

    if isinstance(error, RecursionError | LimitReachedError | MemoryError):
        return f"larger or deeper than the reader takes ({_first_line(error)})"
    return f"a broken PDF: save it anew where it opens ({type(error).__name__}: {_first_line(error)})"


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]


@contextmanager
def _silent() -> Iterator[None]:
    """Suppress the messages that the library prints, which name no file."""
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)

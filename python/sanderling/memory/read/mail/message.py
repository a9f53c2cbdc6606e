"""One mail message as a document, titled by its subject. Its text begins with who wrote to whom and when.

Quoted replies are kept: what they quote may stand nowhere else, and packing drops what was said before. Attachments are
named and not read.
"""

from __future__ import annotations

from ....text.clean import Empty, Unreadable
from ..document import Content
from ..epoch import moment
from ..metadata import metadata_of
from .body import Body
from .policy import header, parsed

_HEAD = ("From", "To", "Cc", "Date")
# Folders of Gmail that say nothing about a message.
_FOLDERS = frozenset(
    {"inbox", "opened", "unread", "archived", "sent", "starred", "important", "draft", "spam", "trash"}
)
_FIELDS = ("From", "Date", "Subject", "To", "Message-ID", "Received", "MIME-Version")


def read_message(data: bytes) -> tuple[str, Content]:
    """Return id and content of a message; the id is "" if it has none.

    Raises Unreadable for what is no message, and Empty for one without text, subject and attachments.
    """
    message = parsed(data)
    if not any(name in message for name in _FIELDS):
        raise Unreadable("no mail: it has neither sender, date nor subject")
    title, body = header(message, "Subject"), Body(message)
    text = "".join(body.texts)
    if not text.strip() and not body.attached and not title:
        raise Empty("holds no text")
    date = moment(header(message, "Date")) or moment(header(message, "Received").rpartition(";")[2])
    labels = [label for name in ("X-Gmail-Labels", "Keywords") for label in header(message, name).split(",")]
    tags = [label for each in labels if (label := each.strip()) and label.lower().split("/")[0] not in _FOLDERS]
    tags = [tag for tag in tags if not tag.startswith("Category ")]
    metadata, warnings = metadata_of({**({"date": date} if date else {}), "tags": tags})
    if not date and header(message, "Date"):
        warnings = (*warnings, "its date is none; it is dated by its ingest")
    head = "\n".join(f"{name}: {said}" for name in _HEAD if (said := header(message, name)))
    attached = f"\n\nAttachments, not read: {', '.join(body.attached[:50])}" if body.attached else ""
    start = len(head) + 2 if head else 0
    return header(message, "Message-ID").strip("<> "), Content(
        title=title,
        text=(f"{head}\n\n" if head else "") + text + attached,
        links=[(start + at, link) for at, link in body.links],
        metadata=metadata,
        warnings=warnings,
    )

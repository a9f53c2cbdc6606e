"""Markdown reader: extracts title, links, headings and metadata.

The text stays as it is written, but for HTML tables, which become Markdown's, and for what no reader is shown: pictures
inside the text, whose alternative text is left, and what ``hidden.py`` takes out. Code is never read as anything else.
"""

from __future__ import annotations

from typing import cast

import msgspec

from ....records import NodeMetadata
from ....text.data_uri import without_data
from ..document import Content
from ..metadata import MAX_TEXTS, aliases_of, merged, metadata_of, of_note
from .blocks import blocks
from .code import code_in
from .front_matter import front_matter
from .headings import headings
from .hidden import shown
from .html_tables import with_tables
from .links import links
from .properties import properties
from .tags import tags_in


def read_markdown(text: str) -> Content:
    """Return the content of a Markdown ``text``.

    Its title is the first heading of level 1; if the first is of another level, the title that the front matter or a
    property gives, else that heading.
    """
    text = without_data(text)
    top = front_matter(text)
    found = blocks(text, top.end)
    written = with_tables(text, top.end, code_in(text, found))
    if written is not text:
        text, found = written, blocks(written, top.end)
    text, block_ids = shown(text, top.end, code_in(text, found))
    if block_ids is not None:
        found = blocks(text, top.end)
    in_code = code_in(text, found)
    stated = properties(text, top.end, in_code)
    tagged = stated.pop("tags", None)
    fields = of_note({**stated, **top.fields})
    # Most notes state nothing.
    metadata, odd = metadata_of(fields) if fields else (NodeMetadata(), ())
    aliases, problems = aliases_of(fields) if fields else ((), ())
    tags = [tag for each in tagged or () for tag in cast(list[str], of_note({"tags": each})["tags"])]
    tags = [*metadata.tags, *tags, *tags_in(text, top.end, in_code)]
    named_parts = list(headings(text, found))
    named = fields.get("title")
    if named is not None and not isinstance(named, str):
        odd += ("title is one text; it is left out",)
    first = named_parts[0] if named_parts else None
    own = first is None or (first.level > 1 and isinstance(named, str) and named)
    return Content(
        title=(named if isinstance(named, str) else "") if own or first is None else first.text,
        text=text,
        links=sorted(links(text, top.end, in_code)),
        headings=[(heading.at, heading.text) for heading in named_parts],
        blocks=block_ids or (),
        aliases=aliases,
        metadata=msgspec.structs.replace(metadata, tags=merged(tags)[:MAX_TEXTS]),
        warnings=(*top.warnings, *odd, *problems),
    )

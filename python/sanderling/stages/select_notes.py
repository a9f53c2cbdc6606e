"""Select the notes that a question about notes means: by tag, folder, date, type, title or words."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple, get_args

from ..filter import EVERYTHING, Filter
from ..memory.store import notes as stored
from ..memory.store.store import Store
from ..records import NodeType
from ..text.dates.written import Span
from ..text.questions.follow_up import own_words
from ..text.questions.notes_asked import Condition, NotesAsked
from .listing_words import Words

_AROUND = "\"'.,;:()"
_OR = re.compile(r",? (?:or|oder) ", re.IGNORECASE)
_FOLDER = ("folder", "directory", "Ordner", "Verzeichnis")
"""A folder that no note lies in may be one that notes speak of, such as the blue folder on the shelf."""
HINTS = 8
"""Most names that are suggested where a tag or a folder does not exist."""


class Selection(NamedTuple):
    """The notes that were selected."""

    notes: set[int]
    rule: str
    """The rule of the selection, in words of the question's language; empty: all notes."""
    hints: tuple[str, ...] = ()
    """Further lines for the user."""
    filtered: bool = False
    """Whether only notes that pass the request's own filter were counted."""


def select_notes(store: Store, asked: NotesAsked, filter: Filter | None, words: Words) -> Selection | None:
    """Return the notes that meet the conditions of ``asked``, or None if a condition means something else.

    They are among those that pass ``filter``. Only inside ``store.read()``.
    """
    chosen = stored.all_notes(store, filter)
    rules: list[str] = []
    hints: list[str] = []
    for condition in asked.conditions:
        found = [_find(store, each, words) for each in _alternatives(condition)]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return None
        chosen &= set().union(*(each.notes for each in known))
        rules.append(words.either.join(each.rule for each in known))
        hints += dict.fromkeys(hint for each in known for hint in each.hints)
    filtered = filter is not None and filter != EVERYTHING
    return Selection(chosen, words.both.join(rules), tuple(hints), filtered)


def _alternatives(condition: Condition) -> list[Condition]:
    return [condition._replace(value=value) for value in _OR.split(condition.value)]


def _find(store: Store, condition: Condition, words: Words) -> Selection | None:
    value = condition.value
    found: Selection | None
    match condition.by:
        case "tag":
            found = _tagged(store, value, words) or Selection(set(), words.tag(value), _known_tags(store, words))
        case "folder":
            found = _below(store, value, words)
            if found is None and not any(_with_words(store, f"{value} {word}", title=False) for word in _FOLDER):
                found = Selection(set(), words.folder(value), _known_folders(store, words))
        case "place":
            found = _below(store, value, words)
        case "type":
            found = _of_type(store, value, words)
        case "title":
            found = Selection(_with_words(store, value, title=True), words.title(value))
        case "date":
            found = _dated(store, condition, words)
        case "words":
            found = _worded(store, value, words)
        case _:
            found = _about(store, condition, words)
    return found


def _about(store: Store, condition: Condition, words: Words) -> Selection | None:
    """Return the notes of the type, tag or folder that ``condition`` names, else the notes with its words.

    A word before "notes" must name one of the first three: "musical notes" are of another kind.
    """
    value = condition.value
    known = _of_type(store, value, words) or _tagged(store, value, words) or _below(store, value, words)
    if condition.by == "kind":
        return known
    by_words = _worded(store, value, words)
    if known is None:
        return by_words
    more = len(by_words.notes - known.notes)
    return known._replace(hints=(words.beside(more, by_words.rule),) if more else ())


def _tagged(store: Store, value: str, words: Words) -> Selection | None:
    """Return the notes with the tag ``value`` or one below it, ``a/b`` below ``a``; None if no note has one."""
    wanted = [_folded(tag) for tag in ([value] if "," not in value else value.split(","))]
    tags = [tag for tag in stored.tag_counts(store) if any(_is_or_is_below(_folded(tag), each) for each in wanted)]
    if not tags:
        return None
    exact = next((tag for tag in tags if _folded(tag) in wanted), value)
    return Selection(stored.all_notes(store, Filter(tags=tuple(tags))), words.tag(exact))


def _below(store: Store, value: str, words: Words) -> Selection | None:
    """Return the documents in the folders whose path ends in ``value``; None if there are none."""
    wanted = "/" + _folded(value).strip("/")
    folders = [folder for folder in stored.folder_counts(store) if ("/" + _folded(folder)).endswith(wanted)]
    if not folders:
        return None
    return Selection(stored.all_notes(store, Filter(under=tuple(folders))), words.folder(value.strip("/")))


def _of_type(store: Store, value: str, words: Words) -> Selection | None:
    name = next((each for each in get_args(NodeType) if _folded(each) == _folded(value)), None)
    return None if name is None else Selection(stored.all_notes(store, Filter(types=(name,))), words.type(name))


def _dated(store: Store, condition: Condition, words: Words) -> Selection | None:
    """Return the notes of the date in ``condition``, in its first possible meaning that has any notes."""
    if condition.dates is None or not condition.dates.choices:
        return None
    for spans in condition.dates.choices:
        found = [(span, stored.all_notes(store, _during(span))) for span in spans]
        if any(notes for _, notes in found):
            break
    else:
        found = [(span, set()) for span in condition.dates.choices[0]]
    meant = [(span, notes) for span, notes in found if notes] or found[:1]
    rule = words.either.join(words.dated(span.first, span.last) for span, _ in meant)
    return Selection(set().union(*(notes for _, notes in meant)), rule)


def _during(span: Span) -> Filter:
    """Return the filter that passes the notes of ``span``, which may be open at either end."""
    return Filter(
        since="" if span.first == date.min else span.first.isoformat(),
        until="" if span.last == date.max else span.last.isoformat(),
    )


def _worded(store: Store, value: str, words: Words) -> Selection:
    own = own_words(value)
    telling = [word for word in value.split() if word.strip(_AROUND).lower() in own] or value.split()
    return Selection(_with_words(store, " ".join(telling), title=False), words.words(telling))


def _with_words(store: Store, text: str, *, title: bool) -> set[int]:
    """Return the notes that contain every word of ``text``, not necessarily in one node."""
    every = [stored.notes_with_word(store, word, title=title) for word in own_words(text) or text.split()]
    return set.intersection(*every) if every else set()


def _known_tags(store: Store, words: Words) -> tuple[str, ...]:
    tags = [tag for tag, _ in stored.tag_counts(store).most_common(HINTS)]
    return (words.known("tags", tags),) if tags else ()


def _known_folders(store: Store, words: Words) -> tuple[str, ...]:
    folders = [folder for folder, _ in stored.folder_counts(store, direct=True).most_common(HINTS)]
    return (words.known("folders", folders),) if folders else ()


def _is_or_is_below(tag: str, wanted: str) -> bool:
    return tag == wanted or tag.startswith(wanted + "/")


def _folded(text: str) -> str:
    """Return ``text`` in lower case, without ``#``, quotes and blanks around it and without a plural s."""
    folded = text.strip(" #\"'").casefold()
    return folded[:-1] if len(folded) > 3 and folded.endswith("s") else folded

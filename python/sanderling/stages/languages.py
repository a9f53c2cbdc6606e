"""Warnings about questions and notes in a language that the embedder was not trained for.

Such notes are found by the words they share with a question, and hardly by meaning: of twelve English questions about
German notes the default embedder finds none among its first five.
"""

from __future__ import annotations

from weakref import WeakKeyDictionary

from msgspec.structs import replace

from ..memory import IngestReport, Memory
from ..memory.store.languages import language_counts
from ..memory.store.store import Store
from ..models.languages import ALL, known_languages, unknown_languages
from ..request.request import Request
from ..text.short_language import short_language

LEAST_SHARE = 0.05
"""Share of the notes from which a language counts."""
FEW_SHARE = 0.01
FEW = 3
"""Also so many notes count, if they are at least :data:`FEW_SHARE` of all."""
REMEDY = (
    "an embedder of several languages does: pull one that  sanderling models list  shows, then run"
    "  sanderling memory reembed --embedder NAME"
)
NAMES = {
    **{"ar": "Arabic", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "fr": "French"},
    **{
        "he": "Hebrew",
        "hi": "Hindi",
        "it": "Italian",
        "ja": "Japanese",
        "ko": "Korean",
        "nl": "Dutch",
        "no": "Norwegian",
    },
    **{"pl": "Polish", "pt": "Portuguese", "ru": "Russian", "sv": "Swedish", "th": "Thai", "tr": "Turkish"},
    **{"uk": "Ukrainian", "zh": "Chinese", ALL: "a hundred languages"},
}

_said: WeakKeyDictionary[Store, tuple[int, str]] = WeakKeyDictionary()
"""The note about each open memory, with the generation it was made for."""


def warn_of_languages(memory: Memory, request: Request) -> None:
    """Warn if the question or many notes are in a language unknown to the embedder.

    The warning is added to ``request``. In a conversation the notes are spoken of once.
    """
    embedder_id = memory.embedder.id
    if not known_languages(embedder_id):
        return
    note = "" if request.history.turns else note_of_languages(memory.store)
    language = short_language(request.query)
    if unknown_languages(embedder_id, {language} - {""}):
        request.warn(
            f"the question seems to be in {_name(language)}, which is not the language of {_embedder(embedder_id)}:"
            f" notes were found by words they share with it rather than by meaning{'' if note else f'; {REMEDY}'}"
        )
    if note:
        request.warn(note)


def note_of_languages(store: Store) -> str:
    """Return a remark on notes in languages unknown to the memory's embedder.

    It is empty if there are too few such notes.
    """
    generation = store.generation()
    kept = _said.get(store)
    if kept is None or kept[0] != generation:
        _said[store] = kept = generation, _note(store)
    return kept[1]


def with_note(report: IngestReport, store: Store) -> IngestReport:
    """Add the remark of :func:`note_of_languages` to the warnings of ``report``.

    Nothing is added if the remark is empty, or if no documents were added or changed.
    """
    note = note_of_languages(store) if report.added or report.changed else ""
    return replace(report, warnings=(*report.warnings, note)) if note else report


def languages_of(store: Store) -> str:
    """Return the languages of the notes and of the memory's embedder, in words."""
    counts, total = language_counts(store)
    found = [f"{_name(code)} ({_of(counts[code], counts.total(), total)})" for code, _ in counts.most_common() if code]
    told = ", ".join(found) or "no language that could be told"
    return f"notes are in {told}; vectors are of {_embedder(store.embedder_id)}"


def _note(store: Store) -> str:
    if not known_languages(store.embedder_id):
        return ""
    counts, total = language_counts(store)
    looked_at = counts.total()
    unknown = unknown_languages(store.embedder_id, set(counts) - {""})
    many = [
        code
        for code in sorted(unknown, key=lambda code: (-counts[code], code))
        if counts[code] >= LEAST_SHARE * looked_at or (counts[code] >= FEW and counts[code] >= FEW_SHARE * looked_at)
    ]
    if not many:
        return ""
    which = " and ".join(f"{_of(counts[code], looked_at, total)} are in {_name(code)}" for code in many)
    of = f"of the {total:,} notes {which}"
    return f"{of}, which is not the language of {_embedder(store.embedder_id)}: questions hardly find them; {REMEDY}"


def _of(count: int, looked_at: int, total: int) -> str:
    """Return the number of notes that ``count`` in the sample stand for."""
    return f"{count:,}" if looked_at == total else f"about {round(total * count / looked_at):,}"


def _embedder(embedder_id: str) -> str:
    names = [_name(code) for code in known_languages(embedder_id)]
    return f"the embedder {embedder_id.partition('@')[0]} ({', '.join(names) or 'its languages are not known'})"


def _name(code: str) -> str:
    return NAMES.get(code, code)

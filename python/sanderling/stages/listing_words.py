"""The wording of answers that state a count or a list, in the language of the question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple


class Words(NamedTuple):
    """The words of one language. A rule is a phrase that follows "12 notes", to make a whole sentence."""

    nouns: Mapping[str, tuple[str, str, str]]
    """None, one and several of what can be counted."""
    has_tag: str
    in_folder: str
    has_title: str
    of_type: str
    has_words: tuple[str, str]
    is_dated: str
    since: str
    before: str
    both: str
    either: str
    among: str
    page: str
    beside_rule: str
    known_names: Mapping[str, str]
    and_: str

    def tag(self, name: str) -> str:
        """Return the phrase for notes with the tag ``name``, such as "with the tag garden"."""
        return f"{self.has_tag} {name}"

    def folder(self, name: str) -> str:
        """Return the phrase for notes below the folder ``name``, such as "in the folder house"."""
        return f"{self.in_folder} {name}"

    def title(self, name: str) -> str:
        """Return the phrase for notes with ``name`` in the title."""
        return self.has_title.format(name)

    def type(self, name: str) -> str:
        """Return the phrase for notes of the type ``name``."""
        return f"{self.of_type} {name}"

    def words(self, names: Sequence[str]) -> str:
        """Return the phrase for notes that contain all words in ``names``."""
        return self.has_words[len(names) > 1].format(self.and_.join(names))

    def dated(self, first: date, last: date) -> str:
        """Return the phrase for notes dated from ``first`` to ``last``.

        ``date.min`` and ``date.max`` leave an end open.
        """
        if last == date.max:
            return f"{self.is_dated} {self.since.format(first.isoformat())}"
        if first == date.min:
            return f"{self.is_dated} {self.before.format(last.isoformat())}"
        days = first.isoformat() if first == last else f"{first.isoformat()} – {last.isoformat()}"  # noqa: RUF001
        return f"{self.is_dated} {days}"

    def total(self, what: str, total: int, rule: str, *, filtered: bool) -> str:
        """Return the sentence that counts notes, tags or folders, without its full stop."""
        none, one, many = self.nouns[what]
        counted = none if not total else f"{total:,} {one if total == 1 else many}"
        return " ".join(filter(None, (counted, rule, self.among if filtered else "")))

    def more(self, start: int, count: int, total: int, following: int) -> str:
        """Return the line below a page that is not the last."""
        return self.page.format(first=start, last=start + count - 1, total=total, following=following)

    def beside(self, more: int, rule: str) -> str:
        """Return the line that says how many more notes another ``rule`` finds."""
        return self.beside_rule.format(more=more, rule=rule)

    def known(self, what: str, names: Sequence[str]) -> str:
        """Return the line that lists the existing tags or folders.

        It answers a question about one that does not exist.
        """
        return f"{self.known_names[what]} {', '.join(names)}"


ENGLISH = Words(
    nouns={
        "notes": ("No note", "note", "notes"),
        "titles": ("No note", "note", "notes"),
        "tags": ("No tag", "tag", "tags"),
        "folders": ("No folder", "folder", "folders"),
    },
    has_tag="with the tag",
    in_folder="in the folder",
    has_title="with {} in the title",
    of_type="of the type",
    has_words=("with the word {}", "with the words {}"),
    is_dated="dated",
    since="{} or later",
    before="{} or earlier",
    both=" and ",
    either=" or ",
    among="(among those that pass the filter)",
    page="({first} to {last} of {total:,}; the next page starts at {following}.)",
    beside_rule="({more:,} more {rule}.)",
    known_names={"tags": "Tags here are, among others:", "folders": "Folders here are, among others:"},
    and_=" and ",
)
GERMAN = Words(
    nouns={
        "notes": ("Keine Notiz", "Notiz", "Notizen"),
        "titles": ("Keine Notiz", "Notiz", "Notizen"),
        "tags": ("Kein Schlagwort", "Schlagwort", "Schlagwörter"),
        "folders": ("Kein Ordner", "Ordner", "Ordner"),
    },
    has_tag="mit dem Schlagwort",
    in_folder="im Ordner",
    has_title="mit {} im Titel",
    of_type="vom Typ",
    has_words=("mit dem Wort {}", "mit den Wörtern {}"),
    is_dated="vom",
    since="{} oder später",
    before="{} oder früher",
    both=" und ",
    either=" oder ",
    among="(unter denen, die den Filter bestehen)",
    page="({first} bis {last} von {total:,}; die nächste Seite beginnt bei {following}.)",
    beside_rule="({more:,} weitere {rule}.)",
    known_names={"tags": "Schlagwörter hier sind unter anderem:", "folders": "Ordner hier sind unter anderem:"},
    and_=" und ",
)
WORDS: Mapping[str, Words] = {"en": ENGLISH, "de": GERMAN}

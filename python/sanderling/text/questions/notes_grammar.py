"""Grammar of questions about the notes themselves, in English and German.

A condition ends where the next begins or with the question. Values hold no verbs: "how many notes on a piano are
black?" is not understood, and asked of the model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..lazy_pattern import lazy_pattern


class Grammar(NamedTuple):
    """The patterns of one language."""

    begins: re.Pattern[str]
    """Beginning of a question, with groups: ``count`` if a number is asked for, ``needs`` if a condition must follow,
    ``kind``, ``noun``.
    """
    nouns: Mapping[Any, re.Pattern[str]]
    """Patterns for what can be listed besides notes."""
    fillers: re.Pattern[str]
    conditions: Sequence[tuple[Any, re.Pattern[str]]]
    """(by, pattern with the group ``value``), in the order of trying."""
    date: re.Pattern[str]
    other: re.Pattern[str]
    """Pattern for a second value of the last condition, after "and"."""
    no_value: re.Pattern[str]
    """Words that no value contains."""
    more: re.Pattern[str]
    counts: re.Pattern[str]
    """Beginning of a question that counts or lists things in texts."""


_KIND = r"(?P<kind>(?:[\w#/.-]{1,40} ){1,3}?)??"
_VALUE = r"(?P<value>[\"'\u201c\u201e]?[^<>?]{1,120}?)"


def _pattern(text: str) -> re.Pattern[str]:
    return lazy_pattern(text, re.IGNORECASE)


_NOTES = r"notes?|documents?|docs?|files?|entries|memos?|texts"
_END = (
    r"(?= (?:and|in|inside|under|from|about|since|before|after|between|during|on|that|which|with|tagged|dated|of|are|"
    r"were|do|have|there|exist)\b| <|$)"
)
_ARE = r"(?:(?:that |which )?(?:are|were|is|have been) )?"
_MY = r"(?:(?:of |all |every |each |any |my |the |our |these |those |your )*)"
ENGLISH = Grammar(
    begins=_pattern(
        r"(?:(?:please |can you |could you |would you )*)"
        r"(?:(?P<count>how many|what(?: is|'s) the number of|(?:the )?number of|count)|"
        r"(?:list|show|give|print|display|enumerate|name|tell)(?: me)?(?: a list of)?(?: (?:the )?titles of)?|"
        rf"(?P<needs>which|what|do i have|are there|do we have|find|all))(?: (?=\w)){_MY}{_KIND}"
        rf"(?P<noun>{_NOTES}|titles?|tags?|folders|directories)(?![\w'-])"
    ),
    nouns={
        "titles": _pattern("titles?"),
        "tags": _pattern("tags?"),
        "folders": _pattern("folders|directories"),
    },
    fillers=_pattern(
        r" (?:do (?:i|we|you) (?:have|keep|hold|use|know(?: of)?)|did (?:i|we) (?:write|make|take|create|add|save)|"
        r"(?:are|exist|is) there|there are|have i(?: got| (?:written|made|taken|created|added|saved))?|i have|"
        r"we have|in total|altogether|overall|so far|stored|exist|please|are stored|and|have|has|are|"
        r"in (?:my|the|this) (?:memory|vault|notes|collection of notes|notebook))(?= |$)"
    ),
    conditions=(
        (
            "tag",
            _pattern(
                rf" {_ARE}(?:(?:tagged|labell?ed)(?: with| as)?|(?:with|under|(?:that |which )?(?:have|has|carry|bear))"
                rf" (?:the |a )?(?:tags?|labels?))(?: called| named)? #?{_VALUE}{_END}"
            ),
        ),
        (
            "folder",
            _pattern(
                rf" {_ARE}(?:in|inside|under|below|from|within) (?:the |my )?(?:folder|directory|path)"
                rf"(?: called| named)? {_VALUE}{_END}"
            ),
        ),
        (
            "folder",
            _pattern(rf" {_ARE}(?:in|inside|under|from|within) (?:the |my )?{_VALUE} (?:folder|directory){_END}"),
        ),
        (
            "place",
            _pattern(
                rf" {_ARE}(?:in|inside|under|within) (?!total\b|(?:my|the|this) (?:memory|vault|notes|collection|"
                rf"notebook)\b)(?:my |the )?{_VALUE}{_END}"
            ),
        ),
        ("title", _pattern(rf" {_ARE}(?:called|named|titled|entitled) {_VALUE}{_END}")),
        ("title", _pattern(rf" with {_VALUE} in (?:the|their) (?:titles?|names?){_END}")),
        (
            "title",
            _pattern(rf" whose (?:titles?|names?) (?:contains?|has|have|mentions?|includes?) {_VALUE}{_END}"),
        ),
        ("type", _pattern(rf" {_ARE}of (?:the )?type {_VALUE}{_END}")),
        (
            "words",
            _pattern(
                rf" (?:that |which )?(?:mention(?:s|ing)?|contain(?:s|ing)?|include|including|refer(?:ring)? to|"
                rf"talk(?:ing)? about|speak(?:ing)? of|with the (?:words?|term|phrase))"
                rf"(?: the (?:words?|term|phrase|name))? {_VALUE}{_END}"
            ),
        ),
        (
            "about",
            _pattern(
                rf" {_ARE}(?:about|on|regarding|concerning|related to|on the (?:subject|topic) of)(?: the topic)? "
                rf"{_VALUE}{_END}"
            ),
        ),
    ),
    date=_pattern(
        rf" {_ARE}(?:(?:written|dated|made|created|added|taken) )?(?:(?:from|of|in|on|since|before|after|between|"
        r"during|for|until|till|up to|at) )?(?:the )?<(?P<number>\d+)>(?= |$)"
    ),
    other=_pattern(rf" {_VALUE}{_END}"),
    no_value=_pattern(
        r"\b(?:is|are|was|were|be|been|do|does|did|has|had|have|can|could|will|would|should|must|need|needed|i|he|she|it|"
        r"they|we|you|but|not|no|nor|neither|without|except|excluding)\b"
    ),
    more=_pattern(
        r"(?:(?:show|list|give)(?: me)? )?(?:more|the next|next|the rest|go on|continue|them|which)"
        r"(?: ones| page| please)?"
    ),
    counts=_pattern(
        r"how many (?!(?:\w+ )?(?:lit(?:er|re)s?|met(?:er|re)s?|kilo\w*|km|kg|mm|cm|grams?|tons?|tonnes?|years?|days?|"
        r"hours?|minutes?|seconds?|weeks?|months?|percent|degrees?|miles?|feet|inches|yards?|acres?|pounds?|euros?|dollars?|"
        r"watts?|volts?|times|points|words|gallons?|bytes|\w*bytes)\b)|"
        r"(?:please )?(?:list|name|enumerate|give(?: me)?|show(?: me)?)(?: me)? (?:all|every|each)\b|"
        r"count (?:all|the|how)\b"
    ),
)

_NOTIZEN = r"notiz(?:en)?|dokumente?n?|dateien|einträgen?|zettel"
_ENDE = (
    r"(?= (?:und|in|im|unter|aus|über|seit|vor|nach|zwischen|am|vom|von|die|mit|zum|zu|habe|haben|gibt|auf|an|ab|"
    r"sind)\b| <|$)"
)
_SIND = r"(?:(?:die |welche )?(?:sind|ist|liegen|stehen) )?"
GERMAN = Grammar(
    begins=_pattern(
        r"(?:bitte )?(?:(?P<count>wie ?viele|zähle?|(?:(?:was|wie hoch|wie groß) ist )?(?:die )?anzahl(?: der)?)|"
        r"(?:liste|zeige?|nenne?|gib|nenn)(?: mir| bitte)*"
        r"(?: eine liste)?(?: die titel)?|(?P<needs>welche|gibt es|habe ich|finde|alle|sämtliche))(?: (?=\w))"
        rf"(?:(?:alle[rn]? |sämtliche |meine[rn]? |die |der |den |von |unsere[rn]? )*){_KIND}"
        rf"(?P<noun>{_NOTIZEN}|titel|tags|schlagwörter|schlagworte|stichwörter|stichworte|ordner|verzeichnisse)(?![\w'-])"
    ),
    nouns={
        "titles": _pattern("titel"),
        "tags": _pattern("tags|schlagwörter|schlagworte|stichwörter|stichworte"),
        "folders": _pattern("ordner|verzeichnisse"),
    },
    fillers=_pattern(
        r" (?:habe ich|haben wir|hast du|(?:be|ver)?(?:nutze|wende) ich|"
        r"gibt es|gibt's|es gibt|ich habe|insgesamt|bisher|vorhanden|gespeichert|auf|"
        r"bitte|da|und|sind|haben|handeln|in (?:meinem|dem|diesem) (?:gedächtnis|speicher|vault))(?= |$)"
    ),
    conditions=(
        (
            "tag",
            _pattern(
                r" (?:die |welche )?(?:mit|haben|tragen|unter)(?: dem| den| das| die)? "
                rf"(?:tags?|schlagw[oö]rt(?:ern?|e)?|stichw[oö]rt(?:ern?|e)?|label) #?{_VALUE}{_ENDE}"
            ),
        ),
        ("tag", _pattern(rf" {_SIND}mit #?{_VALUE} (?:getaggt|markiert|verschlagwortet){_ENDE}")),
        ("tag", _pattern(rf" {_SIND}(?:getaggt|markiert|verschlagwortet) mit #?{_VALUE}{_ENDE}")),
        (
            "folder",
            _pattern(
                rf" {_SIND}(?:im|in dem|in|aus dem|aus|unter dem|unter) (?:ordner|verzeichnis)(?: namens)? {_VALUE}"
                rf"{_ENDE}"
            ),
        ),
        (
            "place",
            _pattern(
                rf" {_SIND}(?:im|in|unter) (?!denen\b|(?:(?:meinem|dem|diesem) )?(?:gedächtnis|speicher|vault)\b)"
                rf"{_VALUE}{_ENDE}"
            ),
        ),
        ("title", _pattern(rf" {_SIND}(?:namens|mit dem (?:titel|namen)) {_VALUE}{_ENDE}")),
        ("title", _pattern(rf" mit {_VALUE} im (?:titel|namen){_ENDE}")),
        ("type", _pattern(rf" (?:vom|von dem) typ {_VALUE}{_ENDE}")),
        (
            "words",
            _pattern(rf" (?:mit|in denen) (?:dem|den|das|die) w[oö]rt(?:ern?)? {_VALUE}(?: steh(?:t|en))?{_ENDE}"),
        ),
        ("words", _pattern(rf" (?:die |welche )?{_VALUE} (?:erwähnen|enthalten|nennen){_ENDE}")),
        ("words", _pattern(rf" (?:die |welche )?(?:erwähnen|enthalten|nennen) {_VALUE}{_ENDE}")),
        (
            "about",
            _pattern(
                rf" {_SIND}(?:die |welche )?(?:handeln von|über|zum thema|zu|zur|zum)(?: den| die| das| dem| der)? "
                rf"{_VALUE}(?: handeln| gehen)?{_ENDE}"
            ),
        ),
    ),
    date=_pattern(
        rf" {_SIND}(?:(?:aus|von|vom|im|am|in|seit|vor|nach|zwischen|bis|ab)(?: dem| der| den| diesem)? )?"
        r"<(?P<number>\d+)>(?: geschrieben)?(?= |$)"
    ),
    other=_pattern(rf" {_VALUE}{_ENDE}"),
    no_value=_pattern(
        r"\b(?:ist|sind|war|waren|wird|wurde|wurden|hat|haben|habe|kann|können|muss|müssen|soll|ich|er|sie|es|wir|du|man|"
        r"aber|nicht|kein|keine[nmr]?|weder|ohne|außer)\b"
    ),
    more=_pattern(
        r"(?:zeige? |liste )?(?:mir )?(?:mehr|weiter|die nächsten|nächste seite|den rest|weitere|sie|welche)"
        r"(?: auf)?(?: bitte)?"
    ),
    counts=_pattern(
        r"wie ?viele (?!(?:\w+ )?(?:liter|meter|kilo\w*|km|kg|gramm|tonnen|jahre|tage|stunden|minuten|sekunden|wochen|"
        r"monate|prozent|grad|meilen|euro|dollar|watt|volt|mal|punkte)\b)|"
        r"(?:bitte )?(?:liste|nenne?|zähle?|zeige?)(?: mir)? (?:alle|sämtliche|jede[ns]?)\b"
    ),
)

GRAMMARS: Mapping[str, Grammar] = {"en": ENGLISH, "de": GERMAN}

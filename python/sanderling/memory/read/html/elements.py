"""Classify the elements of a page: main text, text beside the main text, hidden text, or no text.

Five levels say how near a text is to what the page is about. A reader takes the nearest ones that hold enough text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

MAIN, ORDINARY, BESIDE, HIDDEN, NEVER = range(5)
"""Levels of text: in ``main`` or ``article``, elsewhere, in menus and banners, not shown, no text."""


def _set(names: str) -> frozenset[str]:
    return frozenset(names.split())


# A paragraph begins where the innermost open one of these changes.
BLOCKS = _set(
    """
    p div section article main aside header footer nav body blockquote pre figure figcaption h1 h2 h3 h4 h5 h6 ul ol
    menu li dl dt dd table caption thead tbody tfoot tr td th address details summary dialog fieldset legend form
    hgroup search option optgroup select template noscript button textarea center marquee iframe object video
    audio canvas
    """
)
DIVIDING_ROLES = _set("row cell gridcell columnheader rowheader listitem option paragraph")
"""Roles of elements that stand for such a block."""
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Elements without an end tag and content.
VOID = _set(
    """
    area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem meta nextid
    param source spacer track wbr
    """
)
_NEVER = frozenset(("head", "title", "script", "style", "svg", "rt", "rp"))
_HIDDEN = frozenset(("noscript", "template", "iframe", "object", "video", "audio", "canvas", "datalist"))
_BESIDE = frozenset(("nav", "aside", "search", "textarea", "button"))
# Of a page when they stand outside of an article, else of the article.
_ENDS = frozenset(("header", "footer"))
_BESIDE_ROLES = _set("navigation banner contentinfo complementary search menu menubar toolbar dialog alertdialog")
_CONTAINERS = _set("div section aside dialog form ul ol p header footer span a table")
_STYLE_HIDES = re.compile(r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)", re.IGNORECASE)
# Letters and digits of an id or class; a capital begins a word, as in "cookieBanner".
_NAME_WORD = re.compile(r"[A-Z]{0,40}[a-z0-9]{1,40}|[A-Z]{1,40}")
_NAME_CHARS = 500
_NO_NAMES = frozenset[str](), frozenset[str]()
# Attributes that tell something of an element that is no container.
_TELLING = frozenset(("aria-hidden", "hidden", "open", "role", "shadowrootmode", "style"))
_NOTES = _set("note tip warning callout admonition footnote footnotes")
_CONSENT = _set("cookie cookies consent gdpr ccpa")
_CONSENT_PARTS = _set(
    """
    banner bar notice popup modal overlay dialog message law alert prompt layer wall notification hint hinweis
    disclaimer settings preferences
    """
)
_CONSENT_PROGRAMS = _set(
    """
    onetrust cookiebot cybotcookiebotdialog didomi usercentrics truste borlabs cmplz klaro osano iubenda qc sp cmp cc
    cookiefirst cookiehub cookieyes cky termly
    """
)
_CONSENT_CHARS = 1000
_COOKIE = re.compile("cookie", re.IGNORECASE)
_AGREE = re.compile(
    "accept|agree|allow|consent|akzept|zustimm|einverstanden|acepta|accett|aceit|godta|godkänn|akkoord|zgadzam|souhlas|"
    "принять|同意",
    re.IGNORECASE,
)
_PARTS_BESIDE = _set(
    """
    nav navbar navigation breadcrumb breadcrumbs footer sitefooter pagefooter skiplink skiplinks socialshare
    sharebuttons
    """
)
_HIDING_CLASSES = frozenset(("hidden", "ishidden", "dnone", "hide"))
_FOR_READERS_ALOUD = _set("sronly visuallyhidden screenreadertext screenreaderonly")


def level(name: str, attributes: Mapping[str, str], around: int, *, in_heading: bool) -> int:
    """Return the level of an element's text, given the level ``around`` of its parent."""
    if name == "h1" and around == BESIDE:
        around = ORDINARY  # the title of the page, in its header
    if name not in _CONTAINERS and attributes.keys().isdisjoint(_TELLING):
        own = _plain_level(name, around, in_heading)
    else:
        own = _level(name, attributes, around, in_heading)
    if own > ORDINARY:
        return max(own, around)
    return MAIN if own == MAIN and around == ORDINARY else around


@functools.lru_cache(maxsize=1024)
def _plain_level(name: str, around: int, in_heading: bool) -> int:
    return _level(name, {}, around, in_heading)


def may_ask_consent(name: str, attributes: Mapping[str, str]) -> bool:
    """Return whether an element's id or classes mention cookies. If so, its text has to be examined."""
    if name not in _CONTAINERS or not (attributes.keys() & {"id", "class"}):
        return False
    return not _CONSENT.isdisjoint(_named(attributes)[1])


def asks_consent(text: str) -> bool:
    """Return whether ``text`` asks for consent to cookies."""
    return len(text) <= _CONSENT_CHARS and _COOKIE.search(text) is not None and _AGREE.search(text) is not None


def _level(name: str, attributes: Mapping[str, str], around: int, in_heading: bool) -> int:
    if name in _NEVER:
        return NEVER
    joined, words = _NO_NAMES
    if attributes and name in _CONTAINERS:
        joined, words = _named(attributes)
        if "aria-label" in attributes:
            words |= _names("", attributes["aria-label"][:_NAME_CHARS])[1]
    if _hides(name, attributes, joined):
        return HIDDEN
    role = attributes.get("role", "").strip().lower() if attributes else ""
    if role == "main" or name in ("main", "article"):
        return MAIN
    if in_heading:
        return ORDINARY
    if name == "aside" and (not _NOTES.isdisjoint(words) or role in ("note", "doc-footnote", "doc-tip")):
        return ORDINARY
    beside = (
        role in _BESIDE_ROLES
        or name in _BESIDE
        or (name in _ENDS and around == ORDINARY and "title" not in words)
        or not joined.isdisjoint(_PARTS_BESIDE)
        or _asks_consent(words)
    )
    return BESIDE if beside else ORDINARY


def _hides(name: str, attributes: Mapping[str, str], joined: frozenset[str]) -> bool:
    """Whether a browser hides an element. ``joined``: its class names without hyphens."""
    if name in _HIDDEN:
        return "shadowrootmode" not in attributes
    if name == "dialog" and "open" not in attributes:
        return True
    return bool(attributes) and (
        attributes.get("hidden", "until-found") != "until-found"
        or attributes.get("aria-hidden", "").lower() == "true"
        or _STYLE_HIDES.search(attributes.get("style", "")[:2000]) is not None
        or not joined.isdisjoint(_FOR_READERS_ALOUD)
        # Of the common style sheets; "md:block" beside it shows the element on wider screens.
        or (not joined.isdisjoint(_HIDING_CLASSES) and not any(":" in name for name in joined))
        or "initials" in joined  # of a Telegram export, in place of a picture
    )


def _named(attributes: Mapping[str, str]) -> tuple[frozenset[str], frozenset[str]]:
    return _names(attributes.get("id", "")[:_NAME_CHARS], attributes.get("class", "")[:_NAME_CHARS])


@functools.lru_cache(maxsize=1024)
def _names(identity: str, classes: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names in an element's id and classes, each whole and split into words, in lower case."""
    names = [*identity.split(), *classes.split()]
    joined = frozenset(name.replace("-", "").replace("_", "").lower() for name in names)
    return joined, frozenset(word.lower() for name in names for word in _NAME_WORD.findall(name))


def _asks_consent(words: frozenset[str]) -> bool:
    """Whether ``words``, of an element's id and classes, mean a request for consent to cookies.

    A text about cookies alone does not count.
    """
    if not words.isdisjoint(_CONSENT_PROGRAMS):
        return bool(words & _CONSENT_PROGRAMS - {"qc", "sp", "cmp", "cc"}) or bool(words & (_CONSENT_PARTS | _CONSENT))
    consent = words & _CONSENT
    return len(consent) > 1 or (bool(consent) and bool(words & _CONSENT_PARTS))

"""What each element of a page is: a block of text, a part beside the text, or nothing that is read.

Five levels say how near a text is to what the page is about. A reader takes the nearest ones that hold enough text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAIN, ORDINARY, BESIDE, HIDDEN, NEVER = range(5)
"""Inside ``main`` or ``article``; elsewhere; menus, banners and the like; not shown; not text."""

# A paragraph begins where the innermost open one of these changes.
BLOCKS = frozenset(
    """
    p div section article main aside header footer nav body blockquote pre figure figcaption h1 h2 h3 h4 h5 h6 ul ol
    menu li dl dt dd table caption thead tbody tfoot tr td th address details summary dialog fieldset legend form
    hgroup search option optgroup select template noscript button textarea center marquee iframe object video
    audio canvas
    """.split()
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
# Elements without an end tag and content.
VOID = frozenset(
    """
    area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem meta nextid
    param source spacer track wbr
    """.split()
)
_NEVER = frozenset(("head", "title", "script", "style", "svg", "rt", "rp"))
_HIDDEN = frozenset(("noscript", "template", "iframe", "object", "video", "audio", "canvas", "datalist"))
_BESIDE = frozenset(("nav", "aside", "search", "textarea", "button"))
# Of a page when they stand outside of an article, else of the article.
_ENDS = frozenset(("header", "footer"))
_BESIDE_ROLES = frozenset(
    "navigation banner contentinfo complementary search menu menubar toolbar dialog alertdialog".split()
)
_CONTAINERS = frozenset("div section aside dialog form ul ol p header footer span a table".split())
_STYLE_HIDES = re.compile(r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden)", re.IGNORECASE)
# Letters and digits of an id or class; a capital begins a word, as in "cookieBanner".
_NAME_WORD = re.compile(r"[A-Z]{0,40}[a-z0-9]{1,40}|[A-Z]{1,40}")
_NAME_CHARS = 500
_NOTES = frozenset("note tip warning callout admonition footnote footnotes".split())
_CONSENT = frozenset("cookie cookies consent gdpr ccpa".split())
_CONSENT_PARTS = frozenset(
    "banner bar notice popup modal overlay dialog message law alert prompt layer wall notification hint disclaimer "
    "settings preferences".split()
)
_CONSENT_PROGRAMS = frozenset(
    "onetrust cookiebot cybotcookiebotdialog didomi usercentrics truste borlabs cmplz klaro osano iubenda qc sp cmp "
    "cookiefirst cookiehub cookieyes cky termly".split()
)
_PARTS_BESIDE = frozenset(
    "nav navbar navigation breadcrumb breadcrumbs footer sitefooter pagefooter skiplink skiplinks socialshare "
    "sharebuttons".split()
)
_FOR_READERS_ALOUD = frozenset("sronly visuallyhidden screenreadertext screenreaderonly".split())


def level(name: str, attributes: Mapping[str, str], around: int, *, in_heading: bool) -> int:
    """Return the level of the text in an element, which lies inside of one of level ``around``."""
    own = _level(name, attributes, around, in_heading)
    if own > ORDINARY:
        return max(own, around)
    return MAIN if own == MAIN and around == ORDINARY else around


def _level(name: str, attributes: Mapping[str, str], around: int, in_heading: bool) -> int:
    if name in _NEVER:
        return NEVER
    if not attributes:
        return HIDDEN if name == "dialog" else _by_name(name, around, in_heading)
    style, role = attributes.get("style", ""), attributes.get("role", "").strip().lower()
    names = _names(attributes) if name in _CONTAINERS else []
    words = {word.lower() for name in names for word in _NAME_WORD.findall(name)}
    joined = {name.replace("-", "").replace("_", "").lower() for name in names}
    if (
        ("hidden" in attributes and attributes["hidden"] != "until-found")
        or attributes.get("aria-hidden", "").lower() == "true"
        or (style and _STYLE_HIDES.search(style[:2000]))
        or not joined.isdisjoint(_FOR_READERS_ALOUD)
        or (name == "dialog" and "open" not in attributes)
        or "initials" in joined  # of a Telegram export, in place of a picture
    ):
        return HIDDEN
    if name == "template" and "shadowrootmode" in attributes:
        return ORDINARY
    if role == "main":
        return MAIN
    if role in _BESIDE_ROLES and not in_heading:
        return BESIDE
    if name == "aside" and (not _NOTES.isdisjoint(words) or role in ("note", "doc-footnote", "doc-tip")):
        return ORDINARY
    if name in _CONTAINERS and (_asks_consent(words) or not joined.isdisjoint(_PARTS_BESIDE)):
        return BESIDE
    return _by_name(name, around, in_heading)


def _by_name(name: str, around: int, in_heading: bool) -> int:
    if name in ("main", "article"):
        return MAIN
    if name in _HIDDEN:
        return HIDDEN
    if (name in _BESIDE and not in_heading) or (name in _ENDS and around == ORDINARY):
        return BESIDE
    return ORDINARY


def _names(attributes: Mapping[str, str]) -> list[str]:
    return [*attributes.get("id", "")[:_NAME_CHARS].split(), *attributes.get("class", "")[:_NAME_CHARS].split()]


def _asks_consent(words: set[str]) -> bool:
    """Whether an element of these names asks for consent, and is no text about cookies."""
    if not words.isdisjoint(_CONSENT_PROGRAMS):
        return bool(words & _CONSENT_PROGRAMS - {"qc", "sp", "cmp"}) or bool(words & (_CONSENT_PARTS | _CONSENT))
    consent = words & _CONSENT
    return len(consent) > 1 or (bool(consent) and bool(words & _CONSENT_PARTS))

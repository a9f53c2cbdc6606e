from __future__ import annotations

import pytest

from sanderling.memory.read.html.nesting import ENDING, Places


def opened(*names: str) -> tuple[list[str], Places]:
    stack, places = [""], Places()
    for name in names:
        places = places.inside(name, len(stack))
        stack.append(name)
    return stack, places


@pytest.mark.parametrize(
    ("names", "starts", "ended"),
    [
        (["p", "b"], "p", "p"),
        (["p", "a", "i"], "div", "p"),
        (["p"], "span", ""),
        (["p", "button"], "p", ""),
        (["ul", "li", "p"], "li", "li"),
        (["ul", "li", "ul"], "li", ""),
        (["ul", "li", "ol", "li"], "li", "li"),
        (["dl", "dt"], "dd", "dt"),
        (["dl", "dd", "b"], "dt", "dd"),
        (["ul", "li"], "option", ""),
        (["select", "optgroup", "option"], "option", "option"),
        (["table", "tr", "td"], "td", "td"),
        (["table", "tbody", "tr", "th"], "tr", "tr"),
        (["table", "tbody", "tr", "th"], "tbody", "tbody"),
        (["table", "td"], "tr", "td"),
        (["table", "tr", "td", "table"], "tr", ""),
        (["table", "tr", "td", "p", "ul", "li"], "td", "td"),
        (["div"], "div", ""),
    ],
)
def test_a_start_tag_ends_what_a_browser_ends(names, starts, ended):
    stack, places = opened(*names)
    at = places.ended_by(starts, stack.__getitem__)
    assert (stack[at] if at >= 0 else "") == ended
    assert at < 0 or starts in ENDING

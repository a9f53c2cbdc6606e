"""Texts that grow by repeating something: what a pattern or a walk is slow on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Pump = Callable[[int], str]
"""A text of about so many characters."""

# One of each kind: blanks, digits, letters, brackets, quotes, Markdown, HTML, front matter, JSON, marks, line ends.
UNITS = (
    *(" ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\x0c", " \n", "\u2028"),
    *("1", "1 ", "1,", "1-", "a", "A", "Aa ", "The ", "a1", "a b ", "\u6f22", "\u00e9", "a'", "a-", "_", "The of "),
    *("(", ")", "[", "]", "[[", "![", "](", "[a](", "[a](b", "[a](b) ", "{", "}", "<", ">", "()"),
    *('"', "'", '"a,', "'a, ", '"" ', ",", ".", "!", "?", ". ", "a. ", "A. ", "e.g. ", ": ", ";", "\\", "/", "@", "&"),
    *("#", "# ", "# a\n", "# Aa b\n", "# #", "`", "```", "```\n", "~~~\n", "|", "| a ", "|-|\n", "*", "**a", "_a_ "),
    *("%%", "%% ", "a:: b\n", "[a:: b]", "(a:: ", "#a ", "#[[a]] ", "[[a|b]]", "[[a#b]] ", "![["),
    *(" ^a\n", "((", "==", "~~", "[a]: b\n", "[a][b]", "\\`", "``a` ", "<!-- a -->", "<pre>\n"),
    *("data:a/b;base64,AA ", "![a](data:a/b,c)", "<img src=", "a,b\n", "a;b;", "'a',", '"a\n', '""', "a\tb\n", "+++\n"),
    *("a: [", "a: {", "- &a *a\n", "? ", "!!a ", "key: |\n  a\n", "| a | b |\n|-|-|\n| 1 | 2 |\n", "-\n"),
    *("    a\n", "=\n"),
    *("> ", ">", "1. ", "- ", "- a\n", "  - ", "---\n", "...\n", "=\n", "[^1]: x\n", "http://a ", "<http://"),
    *(
        "<p>",
        "<p>x",
        "<p>x<br></p>",
        "</p>",
        "<div>",
        "<b>x",
        "</b>",
        "<a ",
        "<a href=x>y",
        "<a b='",
        '<a b="c>',
        "<h1>x",
    ),
    *(
        "<h1>x<p>y</p>",
        "<!--",
        "<!-->",
        "<!",
        "<?",
        "</",
        "<![CDATA[",
        "<meta",
        "<script>",
        "<style>x",
        "<title>",
        "<svg>",
    ),
    *("<li>", "<td>x", "<pre>", "&amp;", "&#", "&#9", "&lt", "<a/", "=", "a=", "a='b' ", "<br/>", "<textarea>"),
    *("a: b\n", "- a\n", "tags: a\n", "[[1],", '{"a":', "\\u", '\\"', "what ", "how ", "tell me ", "mg ", "total "),
    *("not found ", "1 May 1962 "),
    *(
        "\u0301",
        "\u0316\u0301",
        "e\u0301",
        "\u0f73",
        "\u200d",
        "\u202e",
        "\u2019",
        "\U0001f600",
        "\u3042",
        "\u0410\u0430 ",
    ),
)
AROUND = (("", ""), ("a", "b"), ("# 1", "b\n# c"), ("<a ", ">"))


def pumps() -> Iterator[tuple[str, Pump]]:
    """Name and maker of each pump."""
    for unit in UNITS:
        for before, after in AROUND:
            yield f"{before!r} {unit!r}… {after!r}", repeated(unit, before, after)
    yield from COUNTED.items()


def repeated(unit: str, before: str = "", after: str = "") -> Pump:
    return lambda size: before + unit * (size // len(unit)) + after


def _numbered(form: str) -> Pump:
    return lambda size: "".join(form.format(n) for n in range(size // (len(form) + 3)))


NUMBERED = (
    "# Spare Part x{}\n\ntext\n\n",
    "Jan Kowal{} met.\n\n",
    "[a](x{}.md) ",
    "- t{}\n",
    "k{}: v\n",
    "w{} ",
    "<p>x{}",
)
# Each of these is all different, so nothing that is looked up once serves twice.
COUNTED: dict[str, Pump] = {
    **{f"numbered {form!r}": _numbered(form) for form in NUMBERED},
    "numbered tags": lambda size: (
        "---\ntags: [" + _numbered("t{}, ")(size) + "]\n---\nx\n\n" + "text here. " * (size // 11)
    ),
    "numbered aliases": lambda size: (
        "---\naliases: [" + _numbered("Old Name{}, ")(size) + "]\n---\n" + "Old Name. " * (size // 10)
    ),
    "nested lists": lambda size: "".join("  " * n + "- a\n" for n in range(int(size**0.5))),
    "opened and closed": lambda size: "<b>" * (size // 7) + "</b>" * (size // 7),
    "closed the other way": lambda size: "<i><b>x" * (size // 11) + "</i>" * (size // 11),
    "a bracket far away": lambda size: "[" * (size // 2) + "]" * (size // 2) + "(x)",
}

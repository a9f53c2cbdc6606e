"""The tokens of RTF, and the RTF control words that the reader needs."""

from __future__ import annotations

import codecs
import re

# A control word with its number, a byte in hexadecimal, a control sign, a brace, or text.
TOKEN = re.compile(
    rb"\\([A-Za-z]{1,32})(-?[0-9]{1,9})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|[\r\n\0]++|([^\\{}\r\n\0]++)"
)
UNREAD = frozenset(
    (
        *("colortbl", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl"),
        *("footerr", "footerf", "xe", "tc", "private", "datastore", "themedata"),
        *(
            "author",
            "operator",
            "comment",
            "doccomm",
            "keywords",
            "subject",
            "company",
            "manager",
            "generator",
            "annotation",
        ),
    )
)
SIGNS = {
    **{
        "tab": " ",
        "line": "\n",
        "emdash": "\u2014",
        "endash": "\u2013",
        "bullet": "\u2022",
        "emspace": " ",
        "enspace": " ",
    },
    **{"lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d"},
}
CHARSETS = {
    **{0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5hkscs", 161: "cp1253"},
    **{
        162: "cp1254",
        163: "cp1258",
        177: "cp1255",
        178: "cp1256",
        186: "cp1257",
        204: "cp1251",
        222: "cp874",
        238: "cp1250",
    },
}


def known_encoding(name: str) -> str:
    """Return the name of a known encoding; "" for an unknown encoding."""
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""

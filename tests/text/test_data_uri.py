from __future__ import annotations

import base64

import pytest

from sanderling.text.data_uri import without_data

PICTURE = base64.b64encode(bytes(range(256)) * 20).decode()
WRAPPED = "\n".join(PICTURE[at : at + 76] for at in range(0, len(PICTURE), 76))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"before ![The bay](data:image/png;base64,{PICTURE}) after", "before The bay after"),
        (f'![x](data:image/png;base64,{PICTURE} "Title")\n\nTaken by Sunniva', "x\n\nTaken by Sunniva"),
        (f"![x](<data:image/png;base64,{WRAPPED}>)\nText", "x\nText"),
        (f"[file](DATA:application/pdf;base64,{PICTURE})", "file"),
        (f"![plan][i] and ![I] and ![j]\n\n[i]: data:image/png;base64,{PICTURE}\nlast", "plan and I and ![j]\n\nlast"),
        (f"![plan][]\n[Plan]: <data:image/png;base64,{PICTURE}> 'x'", "plan\n"),
        (f'<img width=5 src="data:image/gif;base64,{PICTURE}" alt="A well">', "A well"),
        (f"<IMG alt='A > B' src='data:image/gif;base64,{PICTURE}'/>x", "<IMG alt='A > B' src='data:image/gif'/>x"),
        (f"<img src=data:image/gif;base64,{PICTURE}>", ""),
        ("![s](data:image/svg+xml;utf8,<svg xmlns='http://a'><g d=\"(1)\"/></svg>)", "s"),
        ("url(\"data:image/svg+xml,%3Csvg xmlns='http://a'%3E%3C/svg%3E\")", 'url("data:image/svg+xml")'),
        (
            f"```css\na {{ background: url(data:image/png;base64,{PICTURE}); }}\n```",
            "```css\na { background: url(data:image/png); }\n```",
        ),
        (f"data:font/woff2;charset=utf-8;base64,{PICTURE}", "data:font/woff2"),
    ],
)
def test_pictures_in_a_text(written, shown):
    assert without_data(written) == shown


@pytest.mark.parametrize("text", ["data: none", "my data:image", "[a]: data.md", "", "metadata:text/x", "data:,x"])
def test_other_text_stays(text):
    assert without_data(text) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (f"```compressed-json\n{PICTURE}\n```\nText", "```compressed-json\n(base64)\n```\nText"),
        (f"-----BEGIN CERTIFICATE-----\n{WRAPPED}\n-----END", "-----BEGIN CERTIFICATE-----\n(base64)\n-----END"),
        (f"> Mail:\n> {WRAPPED.replace(chr(10), chr(10) + '> ')}\n> Ole", "> Mail:\n> (base64)\n> Ole"),
        (WRAPPED.replace("\n", "\n\n") + "\n\nText", "(base64)\n\nText"),
        (base64.urlsafe_b64encode(bytes(range(1, 256)) * 9).decode(), "(base64)"),
    ],
)
def test_long_base64_that_no_address_names(written, shown):
    assert without_data(written) == shown


@pytest.mark.parametrize(
    "text",
    [
        PICTURE[:900],  # a key or a token, which may be looked for
        "GATTACA" * 500,
        "0123456789abcdef" * 200,
        "\n".join(["https/example/org/Some-Path/with_Words/and/Names/of/Files2024/x"] * 9),
        "word" * 5000,
        "a-long-title-of-a-page-" * 100,
    ],
)
def test_long_runs_of_letters_that_are_no_base64_stay(text):
    assert without_data(text) == text

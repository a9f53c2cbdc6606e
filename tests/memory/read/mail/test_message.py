"""Messages as programs write them, and as nobody should."""

from __future__ import annotations

from contextlib import suppress
from email.message import EmailMessage

import pytest
from clock import growth

from sanderling.memory.read.mail.message import read_message
from sanderling.text.clean import Empty, Unreadable

HEAD = "From: a@b.example\nSubject: s\n"


def content(message):
    data = message if isinstance(message, bytes) else message.encode("utf-8", "surrogateescape")
    return read_message(data)[1]


def text(message):
    return content(message).text.partition("\n\n")[2]


def test_head_subject_date_and_id():
    name, found = read_message(
        b"From: =?utf-8?q?J=C3=B6rg?= <j@b.example>\nTo: a@b.example,\n c@d.example\nCc: e@f.example\n"
        b"Date: Tue, 05 Mar 2024 10:00:00 +0100\nMessage-ID:\n <1@b.example>\n"
        b"Subject: =?iso-8859-1?q?Gr=F6=DFe?=\n =?utf-8?b?IOKCrA==?=\n\nHello\n"
    )
    assert (name, found.title) == ("1@b.example", "Größe €")
    assert found.metadata.timestamp == "2024-03-05T09:00:00+00:00"
    assert found.text == (
        "From: Jörg <j@b.example>\nTo: a@b.example, c@d.example\nCc: e@f.example\n"
        "Date: Tue, 05 Mar 2024 10:00:00 +0100\n\nHello"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_headers_with_letters_that_should_have_been_encoded(encoding):
    assert content("From: a@b\nSubject: Die Größe des Schlüssels für Häuser\n\nx".encode(encoding)).title == (
        "Die Größe des Schlüssels für Häuser"
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain; charset=utf-8", "Die Größe".encode()),
        ("text/plain; charset=iso-8859-1", "Die Größe".encode("latin-1")),
        ("text/plain; charset=x-unknown", "Die Größe".encode()),
        ("text/plain", "Die Größe".encode()),
        ("text/plain; charset=us-ascii", "Die Größe".encode()),
        ("text/html; charset=iso-8859-1", "<meta charset=utf-8><p>Die Größe".encode("latin-1")),
        ("text/html; charset=utf-8", b"<p>Die <b>Gr&ouml;&szlig;e</b>"),
    ],
)
def test_charsets_right_wrong_and_missing(kind, body):
    assert text(f"{HEAD}Content-Type: {kind}\n\n".encode() + body).strip() == "Die Größe"


def test_plain_text_is_read_of_alternatives_and_html_where_it_is_empty():
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "s"
    message.set_content("plain")
    message.add_alternative("<p>styled", subtype="html")
    message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="Größe.pdf")
    assert text(bytes(message)) == "plain\n\nAttachments, not read: Größe.pdf"
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "s"
    message.set_content(" ")
    message.add_alternative("<p>styled <a href='https://a.example'>there</a>", subtype="html")
    found = content(bytes(message))
    assert found.text.endswith("styled there")
    ((at, link),) = found.links
    assert (link, found.text[at:]) == ("https://a.example", "there")


def test_several_parts_and_a_forwarded_message():
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "c@d.example", "inner"
    inner.set_content("inside")
    message = EmailMessage()
    message["From"], message["Subject"] = "a@b.example", "s"
    message.set_content("before")
    message.add_attachment(inner)
    assert text(bytes(message)) == "before\n\nForwarded message\nFrom: c@d.example\nSubject: inner\n\ninside"


@pytest.mark.parametrize("before", ["\ufeff", "\r\n\n", "From a@b Tue Mar  5 10:00:00 2024\n"])
def test_what_may_stand_before_the_first_header(before):
    assert content(f"{before}{HEAD}\nx").title == "s"


def test_lines_that_flow_are_joined():
    body = "one \ntwo\n> quoted \n> on\n-- \nAda\n"
    assert text(f"{HEAD}Content-Type: text/plain; format=flowed\n\n{body}") == "one two\n> quoted on\n-- \nAda"


def test_a_message_without_a_date_is_dated_by_who_received_it():
    received = "Received: from x by y; Tue, 05 Mar 2024 10:00:00 +0100\n"
    assert content(f"{HEAD}{received}\nx").metadata.timestamp == "2024-03-05T09:00:00+00:00"
    assert "its date is none" in content(f"{HEAD}Date: soon\n\nx").warnings[0]


@pytest.mark.parametrize(
    ("message", "error"),
    [("", Unreadable), ("just text\n", Unreadable), ("\0\1\2", Unreadable), ("From: a@b.example\n\n", Empty)],
)
def test_what_is_no_message(message, error):
    with pytest.raises(error):
        content(message)


def nested(depth):
    head = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n' for n in range(depth))
    return f"{HEAD}{head}Content-Type: text/plain\n\ninside\n"


def test_nesting_is_read_or_refused_in_one_line():
    assert "inside" in text(nested(20))
    try:
        text(nested(5000))
    except Unreadable as error:
        assert "nested too deeply" in str(error)


@pytest.mark.parametrize(
    "made",
    [
        lambda size: f"{HEAD}To: {'a@b.example, ' * (size // 13)}\n\nx",
        lambda size: f"From: a@b\nSubject: {'=?' * (size // 2)}\n\nx",
        lambda size: f"From: a@b\nSubject: {'=?utf-8?q?a?= ' * (size // 14)}\n\nx",
        lambda size: f"{HEAD}Content-Type: text/plain; {'a=b; ' * (size // 5)}\n\nx",
        lambda size: f"{HEAD}Content-Type: {'(' * size}\n\nx",
        lambda size: f"{HEAD}Content-Disposition: attachment; filename*0={'a;filename*1=' * (size // 13)}\n\nx",
        lambda size: f"{HEAD}{'X: y' + chr(10)}" * (size // 40) + "\nx",
        lambda size: f'{HEAD}Content-Type: multipart/mixed; boundary="b"\n\n' + "--b\n\nx\n" * (size // 7),
        lambda size: f"{HEAD}\n" + "> a \n" * (size // 5),
        lambda size: f"{HEAD}Content-Transfer-Encoding: base64\n\n" + "YQ==\n" * (size // 5),
        lambda size: f"{HEAD}Content-Type: text/plain; format=flowed\n\n" + "a \n" * (size // 3),
    ],
)
def test_time_grows_as_the_message_does(made):
    def call(message):
        with suppress(Unreadable):
            content(message)

    assert not growth(call, made, 4096, 65_536)

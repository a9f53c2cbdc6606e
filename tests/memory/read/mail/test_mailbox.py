from __future__ import annotations

from pathlib import Path

import pytest

from sanderling.memory.files.walk import Skipped
from sanderling.memory.read.mail import mailbox
from sanderling.memory.read.read import read

FILES = Path(__file__).parent / "files"


@pytest.fixture
def given(folder):
    def read_all(content, name="mail.mbox"):
        path = folder({name: content}) / name
        return [(item.uri.removeprefix(str(path)), item) for item in read(path, lambda uri: None)]

    return read_all


def mail(subject, text="x", name="", separator="From - Tue Mar 05 10:00:00 2024"):
    number = f"Message-ID: <{name}>\n" if name else ""
    return f"{separator}\nFrom: Ada <a@b.example>\nSubject: {subject}\n{number}\n{text}\n\n"


@pytest.mark.parametrize("name", ["mutt.mbox", "s-nail.mbox"])
def test_mailboxes_of_programs(name):
    first, *rest = read(FILES / name, lambda uri: None)
    assert first.title == "Firing the Größe glaze"
    assert first.text.startswith("From: Ada Lind <ada@kiln.example>\nTo: bo@kiln.example\nDate: ")
    assert first.text.endswith(
        "\n\nThe kiln runs at 1050 degrees for the glaze called Größe.\n\n"
        "From Monday on we fire at night: see 10:30 Mon plan.\n\n> When do we fire?\n\nAda\n\n"
        "Attachments, not read: cones.txt"
    )
    assert first.metadata.timestamp == "2026-11-29T13:26:31+00:00"
    assert first.uri.endswith("@kiln.example")
    assert [document.text.split("\n\n")[1] for document in rest] in ([], ["The burner valve was replaced by Bo Ek."])


def test_a_mailbox_of_git():
    first, second = read(FILES / "git.mbox", lambda uri: None)
    assert first.title == "[PATCH 1/2] Fire the Größe glaze at 1050 degrees"
    assert "\n\nFrom Monday on we fire at night.\n---" in first.text
    assert second.uri.endswith("#message 2")


def test_a_mailbox_of_gmail_keeps_its_labels(given):
    content = (
        "From 1793046231234@xxx Tue Mar 05 10:00:00 +0000 2024\r\nX-GM-THRID: 1\r\n"
        "X-Gmail-Labels: =?UTF-8?Q?Inbox,Gr=C3=B6=C3=9Fe,Opened,Category_Updates?=\r\n"
        "From: a@b.example\r\nSubject: Hi\r\n\r\n>From here\r\n>>From there\r\n"
    )
    ((_, message),) = given(content)
    assert message.metadata.tags == ("Größe",)
    assert message.text.endswith("\n\nFrom here\n>From there")


def test_separators_of_thunderbird_and_lines_of_a_text(given):
    text = "one\n\nFrom here on\n\nFrom Mon 10:00 to Tue 11:00 it is shut\n"
    found = given(
        mail("a", text) + mail("b", separator="From ") + mail("c", separator="From a@b Tue Mar  5 10:00:00 2024")
    )
    assert [item.title for _, item in found] == ["a", "b", "c"]
    assert found[0][1].text.endswith("it is shut")


def test_a_message_stands_once_under_its_id(given):
    found = given(mail("a", name="1@b") + mail("b", name="2@b") + mail("a", name="1@b"))
    assert [(uri, item.title) for uri, item in found] == [("#1@b", "a"), ("#2@b", "b")]


def test_what_is_no_message_is_named_and_the_others_read(given, monkeypatch):
    monkeypatch.setattr(mailbox, "MAX_MESSAGE_BYTES", 500)
    found = given(mail("a") + "From - Tue Mar 05 10:00:00 2024\nnothing\n\n" + mail("b", "x" * 1000) + mail("c"))
    assert [(uri, getattr(item, "reason", "")) for uri, item in found] == [
        ("#message 1", ""),
        ("#message 4", ""),
        (", message 2", "no mail: it has neither sender, date nor subject"),
        (", message 3", "longer than 0 MiB"),
    ]


@pytest.mark.parametrize(("content", "said"), [("text\n", "no mailbox"), ("", "holds no text"), ("\0\0", "no mailbox")])
def test_what_is_no_mailbox(given, content, said):
    ((_, item),) = given(content)
    assert isinstance(item, Skipped)
    assert said in item.reason


def test_single_messages_and_those_of_apple(given):
    message = mail("a", separator="X: y")
    ((uri, item),) = given(message, "x.eml")
    assert (uri, item.title) == ("", "a")
    ((_, item),) = given(f"{len(message)}\n{message}<?xml version='1.0'?><plist/>", "x.emlx")
    assert item.text.endswith("\n\nx")

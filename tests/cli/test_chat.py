"""``sanderling chat`` keeps conversations: they go on, are listed and forgotten."""

from __future__ import annotations

import json

import pytest
from disk_words import draw, left

CHAT = ("chat", "--model", "small", "-m")


def said(result) -> list[dict]:
    assert result.code == 0, result
    return [json.loads(line) for line in result.out.splitlines()]


def test_a_conversation_goes_on_in_the_next_process(call, scripted, memory) -> None:
    (first,) = said(call(*CHAT, memory, "--json", stdin="Who repairs the feed pump?\n"))
    (listed,) = said(call("chat", "--list", "--json"))
    assert listed["id"] == first["conversation"]
    assert (listed["title"], listed["turns"], listed["memory"]) == ("Who repairs the feed pump?", 1, str(memory))
    for which in ((), (listed["id"],), (listed["id"][:5],)):
        (answer,) = said(call(*CHAT, memory, "--json", "--continue", *which, stdin="And where does she come from?\n"))
        assert answer["conversation"] == listed["id"]
        assert answer["tokens"]["prompt"] > first["tokens"]["prompt"]
    (listed,) = said(call("chat", "--list", "--json"))
    assert listed["turns"] == 4


def test_a_command_that_does_not_exist_is_no_question(call, scripted, memory) -> None:
    (refused,) = said(call(*CHAT, memory, "--json", stdin="/help\n"))
    assert refused["error"]["message"] == "there is no command /help: /new, /forget and /quit are"
    assert call("chat", "--list").out == "no conversation is kept\n"
    (answer,) = said(call(*CHAT, memory, "--json", stdin="/etc/hosts names whom?\n"))
    assert answer["text"] == "Ada Lind"


def test_what_goes_on_is_said_to_people(call, scripted, memory) -> None:
    assert call("chat", "--list").out == "no conversation is kept\n"
    call(*CHAT, memory, stdin="Who repairs the feed pump?\n")
    shown = call(*CHAT, memory, "--continue", stdin="")
    assert "goes on after 1 turn; the last was:\n> Who repairs the feed pump?\nAda Lind\n" in shown.err
    header, row = call("chat", "--list").out.splitlines()
    assert header.split()[:1] == ["ID"]
    assert "Who repairs the feed pump?" in row
    assert shown.err.split()[0] == row.split()[0]


def test_new_begins_another_and_forget_forgets_this_one(call, scripted, memory, home) -> None:
    first, second = draw(21, 2)
    turns = f"Who is {first}?\n/new\nWho is {second}?\n/forget\nWho is Ole?\n"
    assert call(*CHAT, memory, stdin=turns).code == 0
    assert {each["title"] for each in said(call("chat", "--list", "--json"))} == {f"Who is {first}?", "Who is Ole?"}
    assert left(home, [first, second]) == {first}


def test_forgotten_conversations_leave_no_word(call, scripted, memory, home, modes) -> None:
    words = draw(22, 4)
    scripted(say=f"It is {words[3]}")
    for word in words[:3]:
        assert call(*CHAT, memory, stdin=f"Who is {word}?\nAnd {word} again?\n").code == 0
    assert {mode for name, mode in modes(home).items() if name.startswith("conversations")} == {0o600}
    listed = said(call("chat", "--list", "--json"))
    assert left(home, words) == set(words)
    assert call("chat", "--forget", listed[0]["id"][:7]).out == "1 conversation forgotten\n"
    assert left(home, words) == {words[0], words[1], words[3]}
    assert call("chat", "--forget", "all", "--json").json == {"forgotten": 2}
    assert left(home, words) == set()
    assert call("chat", "--list", "--json").out == ""


def test_log_forget_forgets_conversations_too(call, scripted, memory, home) -> None:
    (word,) = draw(23, 1)
    assert call(*CHAT, memory, stdin=f"Who is {word}?\n").code == 0
    assert call("log", "forget", "--older-than", "1d").out == "0 requests forgotten\n"
    assert left(home, [word])
    assert call("log", "forget").out == "1 requests forgotten\n1 conversation forgotten\n"
    assert not left(home, [word])


def test_what_notes_said_goes_from_the_conversations_with_them(call, scripted, memory, notes, home) -> None:
    (word,) = draw(24, 1)
    scripted(say=f"It is {word}")
    (notes / "secret.md").write_text(f"# Locker\n\nThe locker is opened by {word}.")
    call("ingest", notes, "-m", memory)
    assert call(*CHAT, memory, stdin="Who opens the locker?\n").code == 0
    rest = [path for path in home.iterdir() if not path.name.startswith("conversations")]
    assert left(home, [word], but=rest)
    assert call("memory", "forget", notes / "secret.md", "-m", memory).code == 0
    assert not left(home, [word])
    (answer,) = said(call(*CHAT, memory, "--json", "--continue", stdin="And who else?\n"))
    assert answer["conversation"]


def test_nothing_is_kept_on_request(call, scripted, memory, home) -> None:
    home.mkdir(exist_ok=True)
    (home / "config.toml").write_text('write_back = "always"\nresponse_cache_bytes = 67108864\n')
    (word,) = draw(25, 1)
    (answer,) = said(call(*CHAT, memory, "--json", "--no-keep", stdin=f"Who is {word}?\n"))
    assert answer["conversation"] == ""
    assert not (home / "conversations.sqlite").exists()
    assert (home / "telemetry.sqlite").exists()
    assert not left(home, [word]) | left(memory.parent, [word])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("x1",), "--continue"),
        (("--continue",), "no conversation about"),
        (("--continue", "x1"), "--list"),
        (("--forget", "x1"), "--list"),
        (("--list", "--forget", "all"), "choose one"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line(call, refused, scripted, memory, arguments, says) -> None:
    refused(call("chat", "--model", "small", "-m", memory, *arguments), 2, says)


def test_a_damaged_file_costs_one_line(call, scripted, memory, home) -> None:
    call(*CHAT, memory, stdin="Who repairs the feed pump?\n")
    (home / "conversations.sqlite").write_bytes(b"no database" * 1000)
    for suffix in ("-wal", "-shm"):
        (home / f"conversations.sqlite{suffix}").unlink(missing_ok=True)
    result = call(*CHAT, memory, "--json", stdin="Who repairs the feed pump?\nAnd where is she from?\n")
    assert [answer["text"] for answer in said(result)] == ["Ada Lind"] * 2
    assert len(result.err.splitlines()) == 1
    assert "damaged" in result.err
    assert said(call("chat", "--list", "--json"))[0]["turns"] == 2

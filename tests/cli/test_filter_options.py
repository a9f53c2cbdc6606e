"""The options that say which notes may be asked, and those of ``ingest`` that they look for."""

from __future__ import annotations

import json

import pytest

QUESTION = "Who repairs the feed pump?"


@pytest.fixture
def titles(call, memory, scripted):
    """Ask with options, and return the titles of the notes that were shown; they are only as many as fit."""

    def ask(*options: object) -> set[str]:
        answer = call("ask", QUESTION, "--json", "--model", "small", "-m", memory, *options)
        assert answer.code == 0, answer
        return {source["title"] for source in answer.json["sources"]}

    return ask


def test_a_folder_or_file(titles, notes, monkeypatch) -> None:
    assert "Pump" in titles() & titles("--in", notes)
    monkeypatch.chdir(notes)
    assert titles("--in", "menu.txt") == {"menu"}
    assert titles("--in", "menu.txt", "--in", "./ada.md") <= {"Ada Lind", "menu"}


def test_tags_and_domains_that_an_ingest_gave(titles, call, notes, memory) -> None:
    (notes / "tagged.md").write_text("---\ntags: [spare]\n---\n# Spare\n\nThe spare pump.")
    done = call("ingest", notes, "-m", memory, "--domain", "plant", "--tag", "station", "--tag", "north")
    assert "1 added, 3 changed" in done.out
    assert titles("--tag", "spare") == {"Spare"}
    # Any of the tags will do: the pump has not the first.
    assert "Pump" in titles("--tag", "spare", "--tag", "north")
    assert titles("--tag", "spare", "--domain", "plant") == {"Spare"}


def test_type_source_and_time(titles) -> None:
    assert "Pump" in titles("--type", "doc", "--type", "memory", "--source", "kb", "--since", "2020-01-01")


def test_a_filter_that_nothing_passes(call, memory, scripted, refused) -> None:
    asked = ("ask", QUESTION, "--model", "small", "-m", memory, "--until", "1999-12-31")
    refused(call(*asked), 2, "no notes match the filter")
    assert "no notes match" in call(*asked, "--json").json["error"]["message"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--since", "soon"), "'soon' is no date: write 2026-03-01"),
        (("--until", "2026-02-30"), "is no date"),
        (("--since", "2026-02-02", "--until", "2026-02-01"), "nothing lies between"),
        (("--type", "note"), "there is no type 'note'"),
        (("--source", "web"), "there is no source 'web'"),
    ],
)
@pytest.mark.parametrize("command", [("ask", QUESTION), ("chat",), ("search", QUESTION)])
def test_what_can_never_be_met_is_refused_first(call, home, refused, command, options, words) -> None:
    refused(call(*command, *options), 2, words)


def test_a_conversation_keeps_its_filter(call, memory, scripted, notes) -> None:
    talk = call(
        *("chat", "--json", "--model", "small", "-m", memory, "--in", notes / "menu.txt"),
        stdin=f"{QUESTION}\nand when?\n",
    )
    answers = [json.loads(line) for line in talk.out.splitlines()]
    assert [{source["title"] for source in answer["sources"]} for answer in answers] == [{"menu"}, {"menu"}]

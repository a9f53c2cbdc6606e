"""Which notes ``never_leave`` covers."""

from __future__ import annotations

import pytest

from sanderling import config
from sanderling.errors import UsageError
from sanderling.privacy import PrivacySettings
from sanderling.privacy_rules import privacy_rules

RULES = privacy_rules(["health", "domain:Law", "tag:#private", "folder:/notes/diary/", "folder:mail://inbox"])


@pytest.mark.parametrize(
    ("domain", "tags", "uri"),
    [
        ("health", (), "x"),
        ("Health", (), ""),
        ("law", (), "x"),
        ("", ("private",), "x"),
        ("", ("a", "#Private/one"), "x"),
        ("", (), "/notes/diary"),
        ("", (), "/notes/diary/monday.md"),
        ("", (), "/notes/diary#3"),
        ("", (), "mail://inbox/7"),
    ],
)
def test_covered(domain, tags, uri):
    assert RULES.covers(domain, tags, uri)


@pytest.mark.parametrize(
    ("domain", "tags", "uri"),
    [
        ("", (), ""),
        ("healthy", (), "x"),
        ("private", ("health",), "x"),
        ("", ("privateer", "not/private"), "x"),
        ("", (), "/notes/diary2/monday.md"),
        ("", (), "/notes"),
        ("", (), "old/notes/diary/monday.md"),
    ],
)
def test_not_covered(domain, tags, uri):
    assert not RULES.covers(domain, tags, uri)


@pytest.mark.parametrize("entry", ["", " ", "tag:", "tag:#", "domain: ", "folder:", "tags:private", "path:/x"])
def test_a_rule_that_names_nothing_is_refused(entry):
    with pytest.raises(UsageError, match="never_leave"):
        privacy_rules([entry])
    with pytest.raises(ValueError, match="never_leave"):
        PrivacySettings(never_leave=(entry,))


def test_the_settings_are_read(tmp_path, monkeypatch):
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", "/somebody")
    (tmp_path / "config.toml").write_text('[privacy]\nnever_leave = ["folder:~/diary"]\n')
    rules = privacy_rules(config.load().privacy.never_leave)
    assert rules.covers("", (), "/somebody/diary/x.md")
    (tmp_path / "config.toml").write_text('[privacy]\nnever_leave = ["tags:x"]\n')
    with pytest.raises(UsageError, match=r"config\.toml.*tags:x"):
        config.load()


def test_a_folder_is_found_through_a_link(tmp_path):
    (tmp_path / "diary").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "diary")
    rules = privacy_rules([f"folder:{tmp_path}/link"])
    assert rules.covers("", (), f"{tmp_path}/link/x.md")
    assert rules.covers("", (), f"{tmp_path.resolve()}/diary/x.md")
    assert not rules.covers("", (), f"{tmp_path.resolve()}/diary2/x.md")


def test_what_models_wrote_stays_where_there_are_rules():
    assert RULES.covers_author("agent", "memory")
    assert RULES.covers_author("kb", "summary")
    assert not RULES.covers_author("user", "memory")
    assert not privacy_rules([]).covers_author("agent", "summary")

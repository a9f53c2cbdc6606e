from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from sanderling.engines.chat_format import formats
from sanderling.errors import UsageError
from sanderling.models import registry, user_models
from sanderling.models.entries import FileEntry, HubSource, ModelEntry, PathSource
from sanderling.records import Sampling

FILE = FileEntry(
    name="a.gguf", quant="Q4_0", sha256="0" * 64, sources=(PathSource(path='/a b/"c"\\\u00e9\n'),), bytes=9
)
ENTRY = ModelEntry(
    id="mine",
    parameters=7,
    licence="\x7f\U0001f600 'x'",
    default_quant="Q4_0",
    files=(
        FILE,
        msgspec.structs.replace(FILE, name="b.gguf", quant="Q8_0", sources=(HubSource(repo="a/b", file="c"),)),
    ),
    chat_format=formats()["gemma"],
    sampling=Sampling(temperature=1.0, top_k=50, repeat_penalty=1.05),
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SANDERLING_HOME", str(tmp_path))
    return tmp_path


def test_what_is_written_is_read_again() -> None:
    user_models.add(ENTRY)
    assert registry.get("mine") == ENTRY
    other = msgspec.structs.replace(ENTRY, id="other", chat_format="chatml", active_parameters=3)
    user_models.add(other)
    assert (registry.get("mine"), registry.get("other")) == (ENTRY, other)
    changed = msgspec.structs.replace(other, parameters=8)
    user_models.add(changed)
    assert registry.get("other").parameters == 8
    assert user_models.remove("mine")
    assert not user_models.remove("mine")
    assert "mine" not in registry.entries()
    assert registry.get("other") == changed


def test_what_the_user_wrote_stays_when_something_is_added(home: Path) -> None:
    user_models.add(ENTRY)
    file = home / "models.toml"
    file.write_text("# my own words\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    user_models.add(msgspec.structs.replace(ENTRY, id="other"))
    assert "# my own words" in file.read_text(encoding="utf-8")
    assert [entry.id for entry in user_models.read(user_models.stamp())] == ["mine", "other"]


def test_an_entry_with_an_id_of_ours_takes_its_place() -> None:
    user_models.add(msgspec.structs.replace(ENTRY, id="smollm2-135m", ladder="open-small", rung=1))
    assert registry.get("smollm2-135m").parameters == 7
    assert registry.is_users("smollm2-135m")
    assert len(registry.ladder("open-small")) == 4
    assert user_models.remove("smollm2-135m")
    assert registry.get("smollm2-135m") == registry.ours()["smollm2-135m"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("parameters = 7", "parameters = 0"), "has 0 parameters"),
        (("parameters = 7", "parameters = 'many'"), "Expected `int`"),
        (("parameters = 7", "parametres = 7"), "parametres"),
        (('default_quant = "Q4_0"', 'default_quant = "Q9"'), "no file of its default_quant"),
        (('sha256 = "0000', 'sha256 = "x000'), "sha256"),
        (('id = "mine"', 'id = "../mine"'), "id"),
        (('id = "mine"', 'id = "mine"\nladder = "lfm2"'), "without a rung"),
        (('id = "mine"', 'id = "mine"\nladder = "lfm2"\nrung = 1'), "are both rung 1 of lfm2"),
        (("start_user", "start_usr"), "start_usr"),
        (("[[models]]", "[[models"), "models.toml"),
        (("[[models]]", "[" * 5000), "models.toml"),
        (("[[models]]", "\x00"), "models.toml"),
    ],
)
def test_a_bad_entry_gets_one_line(home: Path, change: tuple[str, str], why: str) -> None:
    user_models.add(ENTRY)
    file = home / "models.toml"
    text = file.read_text(encoding="utf-8")
    assert change[0] in text
    file.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        registry.entries()
    assert why in str(caught.value)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_of_one_id_and_a_file_without_end_are_refused(home: Path) -> None:
    user_models.add(ENTRY)
    file = home / "models.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text + text[text.index("[[models]]") :], encoding="utf-8")
    with pytest.raises(UsageError, match="stands there twice"):
        registry.entries()
    file.write_bytes(b"#" * (user_models.MOST_BYTES + 1))
    with pytest.raises(UsageError, match="it is no list of models"):
        registry.entries()


def test_ladder_of_names_the_ladder_that_all_are_on() -> None:
    assert registry.ladder_of(["lfm2-350m", "", "lfm2-1.2b"]) == "lfm2"
    assert registry.ladder_of(["lfm2-350m", "lfm2.5-350m"]) == ""
    assert registry.ladder_of(["unknown"]) == ""

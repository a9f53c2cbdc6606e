from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hash_embedder import HashEmbedder

from sanderling.config import Config
from sanderling.errors import MemoryFileError
from sanderling.memory import Memory
from sanderling.models import embedder as module
from sanderling.models import registry
from sanderling.models.embedder import embedder_id, installed_with_id, open_embedder, open_for_memory
from sanderling.models.registry import InstalledModel

OLD, NEW = "minilm-l6-v2-int8", "minilm-l6-v2-dynamic"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Hashes of the installed embedders by id; opened, each is an embedder of words with the right id."""
    hashes: dict[str, str] = {}

    def installed(model_id: str, quant: str | None = None) -> InstalledModel | None:
        if model_id not in hashes:
            return None
        entry = registry.get(model_id)
        return InstalledModel(
            entry=entry, quant=entry.default_quant, path=Path("model"), bytes=1, sha256=hashes[model_id], source="test"
        )

    def opened(model: InstalledModel, n_threads: int) -> HashEmbedder:
        return HashEmbedder(name=embedder_id(model))

    monkeypatch.setattr(registry, "installed", installed)
    monkeypatch.setattr(module, "_opened", opened)
    monkeypatch.setattr(module, "require_libraries", lambda: None)
    return hashes


def made_by(path: Path, id_: str) -> Path:
    with Memory.open(path / "m.sanderling", HashEmbedder(name=id_)):
        return path / "m.sanderling"


def test_a_new_memory_gets_the_one_that_is_set(here: dict[str, str], tmp_path: Path) -> None:
    here |= {OLD: "aa" * 32, NEW: "bb" * 32}
    assert Config().embedder == NEW
    for name, hash_ in here.items():
        chosen = open_for_memory(tmp_path / "new.sanderling", name)
        assert (chosen.embedder.id, chosen.warning) == (f"{name}@{hash_[:12]}", "")


def test_where_the_default_is_not_installed_its_older_form_serves(here: dict[str, str], tmp_path: Path) -> None:
    here[OLD] = "aa" * 32
    id_ = f"{OLD}@aaaaaaaaaaaa"
    assert open_embedder(NEW).id == id_
    chosen = open_for_memory(made_by(tmp_path, id_), NEW)
    assert (chosen.embedder.id, chosen.warning) == (id_, "")


def test_a_memory_keeps_its_embedder_and_an_older_one_is_offered_another(here: dict[str, str], tmp_path: Path) -> None:
    here |= {OLD: "aa" * 32, NEW: "bb" * 32, "multilingual-e5-small": "cc" * 32}
    id_ = f"{OLD}@aaaaaaaaaaaa"
    path = made_by(tmp_path, id_)
    chosen = open_for_memory(path, NEW)
    assert chosen.embedder.id == id_
    assert f"sanderling memory reembed -m {path}" in chosen.warning
    with Memory.open(path, chosen.embedder, warning=chosen.warning) as memory:
        assert memory.warnings == (chosen.warning,)
    # Another kind of embedder is a choice of the user's, not an older form.
    assert open_for_memory(path, "multilingual-e5-small").warning == ""
    assert open_for_memory(path, OLD).warning == ""


@pytest.mark.parametrize("id_", [f"{OLD}@dddddddddddd", "mine@1"])
def test_an_embedder_that_is_not_here_is_named_with_both_remedies(
    here: dict[str, str], tmp_path: Path, id_: str
) -> None:
    here |= {OLD: "aa" * 32, NEW: "bb" * 32}
    path = made_by(tmp_path, id_)
    with pytest.raises(MemoryFileError, match=f"sanderling memory reembed -m {path}") as caught:
        open_for_memory(path, NEW)
    assert (f"models pull {OLD}" in str(caught.value)) == id_.startswith(OLD)


def test_ids_of_other_files_and_of_generators_are_not_found(here: dict[str, str]) -> None:
    here |= {OLD: "aa" * 32, "lfm2-350m": "ee" * 32}
    assert installed_with_id(f"{OLD}@aaaaaaaaaaaa") is not None
    for id_ in (f"{OLD}@bbbbbbbbbbbb", OLD, "lfm2-350m@eeeeeeeeeeee", "unknown@0", ""):
        assert installed_with_id(id_) is None


@pytest.mark.parametrize("content", [b"", b"no memory at all" * 300])
def test_what_is_no_memory_is_left_to_whoever_opens_it(here: dict[str, str], tmp_path: Path, content: bytes) -> None:
    here[NEW] = "bb" * 32
    (tmp_path / "m.sanderling").write_bytes(content)
    assert open_for_memory(tmp_path / "m.sanderling", NEW).embedder.id == f"{NEW}@bbbbbbbbbbbb"
    assert (tmp_path / "m.sanderling").read_bytes() == content


@pytest.mark.model
def test_questions_and_notes_of_two_languages_meet() -> None:
    found = registry.installed_or_instead("multilingual-e5-small")
    if found is None:
        pytest.skip("multilingual-e5-small is not here: run  sanderling models pull multilingual-e5-small")
    embedder = open_embedder("multilingual-e5-small")
    assert embedder.languages == ("mul",)
    notes = embedder.embed(["Der Kühlschrank wird montags geputzt.", "Le bateau part à midi.", "会议在星期四。"])
    questions = embedder.embed_queries(
        ["When does the boat leave?", "Which day is the meeting?", "Who cleans the fridge?"]
    )
    assert (questions @ notes.T).argmax(axis=1).tolist() == [1, 2, 0]
    assert not np.allclose(embedder.embed(["the same"]), embedder.embed_queries(["the same"]), atol=1e-2)

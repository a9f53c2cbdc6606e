from __future__ import annotations

import itertools

import pytest

from sanderling.memory import Memory
from sanderling.memory.link import wikilinks


def cited(memory, name):
    """(file, position) that the document ``name`` cites, by full weight: by links, not by mentions."""
    rows = memory.store.database.execute(
        "SELECT b.uri, m.position FROM edge e JOIN relation r ON r.id = e.rel JOIN node n ON n.key = e.src "
        "JOIN document a ON a.key = n.document JOIN node m ON m.key = e.dst JOIN document b ON b.key = m.document "
        "WHERE r.name = 'cites' AND e.confidence = 1 AND a.uri LIKE ?",
        (f"%/notes/{name}",),
    )
    return sorted((uri.partition("/notes/")[2], position) for uri, position in rows)


NOTES = {
    "Home.md": "[[pump-manual]] [[Tools/LIST|the list]] ![[2024-03-05]] [[pump-manual.md#Care]] [[Old Rattler]]"
    " [[data.csv]]",
    "pump-manual.md": "# Operating instructions\n\nx",
    "Work/Tools/list.md": "one",
    "Daily/2024-03-05.md": "two",
    "drill.md": "---\naliases: [Old Rattler]\n---\n# Drill\n\nthree",
    "data.csv": "a,b\n1,2\n",
}
ALL = ["Daily/2024-03-05.md", "Work/Tools/list.md", "data.csv", "drill.md", "pump-manual.md"]


def test_a_note_is_called_by_its_file_its_path_its_alias_or_its_title(memory, folder):
    memory.ingest([folder(NOTES)])
    assert [name for name, _ in cited(memory, "Home.md")] == ALL


@pytest.mark.parametrize("first", sorted(NOTES))
def test_a_note_that_comes_later_is_found_too(memory, folder, first):
    root = folder(NOTES)
    memory.ingest([root / first])
    memory.ingest([root])
    assert [name for name, _ in cited(memory, "Home.md")] == ALL


def test_links_are_found_again_by_another_process(tmp_path, folder, hash_embedder):
    root = folder({**NOTES, "drill.md": "nothing"})
    for files in ({}, {"drill.md": NOTES["drill.md"]}):
        folder(files)
        with Memory.open(tmp_path / "m", hash_embedder) as memory:
            memory.ingest([root])
            assert ("drill.md" in dict(cited(memory, "Home.md"))) is bool(files)


def test_of_several_the_nearest_counts_whatever_came_first(tmp_path, folder, hash_embedder):
    notes = {"a/index.md": "[[plan]]", "a/plan.md": "one", "b/plan.md": "two", "b/c/here.md": "[[plan]] [[a/plan]]"}
    root = folder(notes)
    for number, order in enumerate(itertools.permutations(notes)):
        with Memory.open(tmp_path / f"m{number}", hash_embedder) as memory:
            for name in order:
                memory.ingest([root / name])
            assert cited(memory, "a/index.md") == [("a/plan.md", 0)]
            assert cited(memory, "b/c/here.md") == [("a/plan.md", 0), ("b/plan.md", 0)]


def test_when_the_nearest_goes_the_next_is_cited(memory, folder):
    root = folder({"a/index.md": "[[plan]]", "a/plan.md": "one", "b/plan.md": "two"})
    memory.ingest([root])
    (root / "a/plan.md").unlink()
    memory.ingest([root], prune=True)
    assert cited(memory, "a/index.md") == [("b/plan.md", 0)]
    folder({"a/plan.md": "again"})
    memory.ingest([root])
    assert cited(memory, "a/index.md") == [("a/plan.md", 0)]


def test_a_heading_and_a_block_lead_to_their_pieces(memory, folder):
    long = (
        "# Top\n\n"
        + "pad " * 250
        + "\n\n## Daily Care\n\noil it\n\n"
        + "more " * 250
        + "\n\nThe seals are of Viton. ^seals-1\n"
    )
    root = folder({"a.md": "[[b#Daily Care]]", "c.md": "[[b#^seals-1|seals]]", "d.md": "[[b#gone]]", "b.md": long})
    memory.ingest([root])
    texts = [
        node.text for node in memory.nodes(memory.store.document_nodes(memory.store.document(str(root / "b.md")).key))
    ]
    ((_, care),), ((_, seals),) = cited(memory, "a.md"), cited(memory, "c.md")
    assert "## Daily Care" in texts[care] and "Viton" in texts[seals]
    assert care != seals and "seals-1" not in "".join(texts)
    assert cited(memory, "d.md") == [("b.md", 0)]


@pytest.mark.parametrize(
    ("link", "found"),
    [
        ("[[./sub/x]]", ["sub/x.md"]),
        ("[[sub/x.md]]", ["sub/x.md"]),
        ("[[SUB/X]]", ["sub/x.md"]),
        ("[[ub/x]]", []),
        ("[[Cafe\u0301]]", ["Caf\u00e9.md"]),
        ("[[ns/page]]", ["ns___page.md"]),
        ("[[https://a.example/x]]", []),
        ("[[#heading]]", []),
        ("`[[sub/x]]`", []),
        ("[[v1.2 plan]]", ["v1.2 plan.md"]),
    ],
)
def test_names_as_programs_write_them(memory, folder, link, found):
    root = folder(
        {"a.md": link, "sub/x.md": "one", "Caf\u00e9.md": "two", "ns___page.md": "three", "v1.2 plan.md": "four"}
    )
    memory.ingest([root])
    assert [name for name, _ in cited(memory, "a.md")] == found


def test_a_name_of_very_many_notes_leads_to_the_one_beside_it(tmp_path, folder, monkeypatch, hash_embedder):
    monkeypatch.setattr(wikilinks, "MAX_BEARERS", 3)
    links = {"d4/a.md": "[[readme]]", "b.md": "[[readme]]"}
    notes = {**{f"d{n}/readme.md": f"note {n}" for n in range(6)}, **links}
    root = folder(notes)
    for number, order in enumerate((sorted(notes), sorted(notes, reverse=True), sorted(notes, key=len))):
        with Memory.open(tmp_path / f"m{number}", hash_embedder) as memory:
            for name in order:
                memory.ingest([root / name])
            memory.ingest([folder({name: f"{text} again {number}" for name, text in links.items()})])
            assert cited(memory, "d4/a.md") == [("d4/readme.md", 0)]
            assert cited(memory, "b.md") == []
            folder(links)


def test_when_a_name_comes_and_goes_at_the_limit_links_are_as_they_were(memory, folder, monkeypatch):
    monkeypatch.setattr(wikilinks, "MAX_BEARERS", 2)
    root = folder({"b.md": "[[readme]]", "x/y/readme.md": "one", "z/readme.md": "two"})
    memory.ingest([root])
    assert cited(memory, "b.md") == [("z/readme.md", 0)]
    memory.ingest([folder({"w/v/readme.md": "three"})])
    assert cited(memory, "b.md") == []
    (root / "w/v/readme.md").unlink()
    memory.ingest([root], prune=True)
    assert cited(memory, "b.md") == [("z/readme.md", 0)]

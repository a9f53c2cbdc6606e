"""Each layer imports from those below it, and no two modules or folders import from each other."""

from __future__ import annotations

import pytest
from imports import Graph, circles, graph, two_way

# From the bottom up. A name is a folder or a file at the top of the package; what shares a line is one layer.
LAYERS = (
    ("quote",),
    (
        "_core",
        "child_process",
        "constraints",
        "cycles",
        "disk",
        "egress",
        "errors",
        "experiment",
        "heap",
        "optouts",
        "privacy_rules",
        "ranges",
        "records",
        "text",
        "verdict",
    ),
    ("departure", "privacy", "tier"),
    ("config", "embedding", "filter", "listing"),
    ("remote", "request", "telemetry"),
    ("device", "memory"),
    ("engines", "hub"),
    ("models",),
    ("tiers",),
    ("router",),
    ("stages",),
    ("plain", "response_cache"),
    ("conversations",),
    ("answerer", "arms", "conversation", "doctor", "opening", "runtime", "tune"),
    ("server",),
    ("client",),
    ("bench_device",),
    ("cli",),
    ("__main__",),
)
HEIGHT = {name: height for height, layer in enumerate(LAYERS) for name in layer}
# The package's face imports its public names from wherever they are, and everything imports the face first.
FACE = "sanderling"
# ``python -m sanderling.bench_device`` runs the commands of ``sanderling bench``: an entry, no part of the benchmarks.
ENTRIES = {"sanderling.bench_device.__main__"}


def upward(imports: Graph) -> list[str]:
    """Return the imports that go up, and the modules whose layer nobody has named."""
    found = []
    for name, others in imports.items():
        if name == FACE or name in ENTRIES:
            continue
        mine = name.split(".")[1]
        if mine not in HEIGHT:
            found.append(f"{name} is in no layer")
            continue
        found += [
            f"{name} imports {other}"
            for other in others
            if other != FACE and HEIGHT.get(other.split(".")[1], -1) > HEIGHT[mine]
        ]
    return sorted(found)


@pytest.fixture(scope="module")
def imports() -> Graph:
    return graph()


def test_no_import_goes_up(imports: Graph) -> None:
    assert upward(imports) == []


def test_no_modules_import_each_other(imports: Graph) -> None:
    assert circles({name: others for name, others in imports.items() if name != FACE}) == []


def test_no_folders_import_each_other(imports: Graph) -> None:
    assert two_way({name: others for name, others in imports.items() if name not in {FACE, *ENTRIES}}) == []


@pytest.mark.parametrize(
    ("module", "other"),
    [
        ("sanderling.records", "sanderling.telemetry.feedback"),
        ("sanderling.engines.worker", "sanderling.models.registry"),
        ("sanderling.stages.draft", "sanderling.runtime"),
        ("sanderling.memory.memory", "sanderling.bench_device.ann"),
        ("sanderling.elsewhere.remote", "sanderling.errors"),
    ],
)
def test_an_upward_import_and_a_folder_without_a_layer_are_found(imports: Graph, module: str, other: str) -> None:
    assert upward({**imports, module: imports.get(module, frozenset()) | {other}})


def test_circles_and_two_way_folders_are_found() -> None:
    assert circles({"a": frozenset("b"), "b": frozenset("c"), "c": frozenset("a"), "d": frozenset("a")}) == [
        ["a", "b", "c"]
    ]
    there, back = {"x.a.one": frozenset(["x.b.one"])}, {"x.b.two": frozenset(["x.a.two"])}
    assert two_way(there) == two_way(back) == []
    assert two_way({**there, **back}) == ["x.a.one imports x.b.one, x.b.two imports x.a.two"]

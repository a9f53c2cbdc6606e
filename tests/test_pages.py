"""The pages of docs/ and their kin say what is so: links, versions, errors, commands, and Python that can be run."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from commands import command_names, commands, inline_commands

import sanderling
from sanderling import _core, errors
from sanderling.conversations import store as conversations
from sanderling.engines import prefix_disk
from sanderling.memory.retrieve import features as node_features
from sanderling.memory.retrieve.training import export as attention_file
from sanderling.memory.store import schema
from sanderling.response_cache import answers
from sanderling.router import fastgrnn
from sanderling.router import features as router_features
from sanderling.telemetry import database

TOP = Path(__file__).resolve().parents[1]
DOCS = TOP / "docs"
PAGES = sorted(
    [
        *TOP.glob("*.md"),
        *DOCS.glob("*.md"),
        TOP / "examples/README.md",
        TOP / "bench_device/LOG.md",
        TOP / "device_profiles/SCHEMA.md",
    ]
)
NOT_RUN_HERE = DOCS / "not-run-here.md"
# Programs that only other systems have, or that install something there.
OTHER_SYSTEMS = re.compile(
    r"(?<![\w/-])(?:apt|apt-get|pkg|brew|dnf|pacman|proot-distro|nvpmodel|cpupower|xcode-select|rustup)\s+[a-z-]"
)


def script(name: str):
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def outside_of_blocks(text: str) -> str:
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as forges and MyST make them."""
    found = re.findall(r"^#{1,6} (.+)$", outside_of_blocks(page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in found}


def links(page: Path) -> Iterator[str]:
    for match in re.finditer(r"\[[^\]]+\]\(([^)\s]+)\)", outside_of_blocks(page.read_text())):
        if not match[1].startswith(("http://", "https://")):
            yield match[1]


def included(page: Path) -> Path:
    """The file that a page consists of, where it only includes one."""
    match = re.fullmatch(r"```\{include\} (\S+)\n.*```\n", page.read_text(), re.DOTALL)
    return (page.parent / match[1]).resolve() if match else page


def test_the_readme_is_short() -> None:
    assert len((TOP / "README.md").read_text().splitlines()) <= 150


def test_links_lead_somewhere() -> None:
    lost = []
    for page in PAGES:
        for link in links(page):
            path, _, anchor = link.partition("#")
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or (anchor and anchor not in anchors(included(target))):
                lost.append(f"{page.relative_to(TOP)}: {link}")
    assert lost == []


def test_every_page_is_linked_from_the_readme_or_the_index() -> None:
    for start in (TOP / "README.md", DOCS / "index.md"):
        seen, pending = set(), [start.resolve()]
        while pending:
            page = pending.pop()
            if page in seen or page.suffix != ".md":
                continue
            seen |= {page, included(page)}
            pending += [(page.parent / link.partition("#")[0]).resolve() for link in links(page) if link[0] != "#"]
        assert {page.name for page in PAGES if page not in seen and page.name not in ("README.md", "index.md")} == set()


def test_where_new_things_go_is_two_clicks_from_the_readme() -> None:
    wanted = {"a-file-reader", "an-engine", "a-relation", "a-device-profile"}
    assert wanted <= anchors(TOP / "CONTRIBUTING.md")
    assert {f"CONTRIBUTING.md#{anchor}" for anchor in wanted} <= set(links(TOP / "README.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TOP)))
def test_python_in_pages_compiles_and_uses_what_there_is(page: Path) -> None:
    for block in re.findall(r"^```python\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    importlib.import_module(alias.name)
            elif isinstance(node, ast.ImportFrom):
                module = importlib.import_module(node.module or "")
                assert [alias.name for alias in node.names if not hasattr(module, alias.name)] == []
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "sanderling":
                assert node.attr in sanderling.__all__, node.attr


def test_public_names_in_pages_are_exported() -> None:
    named = {
        (page.name, name)
        for page in PAGES
        for name in re.findall(r"(?<![\w.])sanderling\.([A-Z]\w+)", outside_of_blocks(page.read_text()))
    }
    named |= {("python.md", name) for name in re.findall(r"\[`(\w+)`\]\(api\.md\)", (DOCS / "python.md").read_text())}
    assert {(page, name) for page, name in named if name not in sanderling.__all__} == set()


def test_every_command_is_described() -> None:
    text = (DOCS / "command-line.md").read_text()
    shown = {tuple(line[1:]) for line in (*commands(text), *inline_commands(text)) if line[:1] == ["sanderling"]}
    missing = [name for name in command_names() if not any(words[: len(name)] == name for words in shown)]
    assert missing == []


def test_targets_of_the_makefile_say_what_they_do() -> None:
    text = (TOP / "Makefile").read_text()
    targets = re.findall(r"^([a-z][\w-]*):", text, re.MULTILINE)
    phony = re.search(r"^\.PHONY: ((?:.*\\\n)*.*)$", text, re.MULTILINE)[1].replace("\\\n", " ").split()
    assert sorted(phony) == sorted(targets)
    uncommented = [name for name in targets if not re.search(rf"^#.*\n(?:\w+ \?=.*\n)?{name}:", text, re.MULTILINE)]
    assert uncommented == ["nightly-rest"]  # the other half of the one above it


def test_commands_of_other_systems_stand_in_one_table() -> None:
    elsewhere = [
        f"{page.name}: {match[0]}"
        for page in PAGES
        if page != NOT_RUN_HERE
        for code in re.findall(r"`([^`\n]+)`|^```\w*\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        for match in OTHER_SYSTEMS.finditer("".join(code))
    ]
    assert elsewhere == []
    text = NOT_RUN_HERE.read_text()
    assert OTHER_SYSTEMS.search(text)
    assert len(re.findall(r"^\|---", text, re.MULTILINE)) == 1


def test_the_version_is_the_same_everywhere() -> None:
    version = tomllib.loads((TOP / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    for lock in ("Cargo.lock", "rust_core/fuzz/Cargo.lock"):
        packages = tomllib.loads((TOP / lock).read_text())["package"]
        ours = [each for each in packages if each["name"] in ("sanderling-core", "sanderling-py")]
        assert ours and {each["version"] for each in ours} == {version}, lock
    assert re.search(r"^## (\d+\.\d+\.\d+) - \d{4}-\d\d-\d\d$", (TOP / "CHANGELOG.md").read_text(), re.M)[1] == version
    named = re.findall(r"sanderling-(\d+\.\d+\.\d+)", NOT_RUN_HERE.read_text())
    assert named and set(named) == {version}


def test_the_changelog_has_one_line_for_each_change() -> None:
    text = (TOP / "CHANGELOG.md").read_text().split("\n## ", 1)[1]
    lines = [line for line in text.splitlines()[1:] if line]
    assert [line for line in lines if not line.startswith(("- ", "### ", "## "))] == []
    assert {line for line in lines if line.startswith("### ")} <= {
        f"### {kind}" for kind in ("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security")
    }


def constant(path: str, name: str) -> int:
    return int(re.search(rf"^const {name}: u32 = (\d+);", (TOP / path).read_text(), re.MULTILINE)[1])


def test_versions_of_files_are_those_of_the_code() -> None:
    rows = {}
    for line in (DOCS / "formats.md").read_text().split("## All files")[1].splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        if len(cells) == 5 and cells[2].isdigit():
            rows[cells[0].split(",")[0]] = int(cells[2])
    assert rows == {
        "memory": schema.SCHEMA_VERSION,
        "index": constant("rust_core/src/memory.rs", "VERSION"),
        "word table": constant("rust_core/src/words/persist.rs", "VERSION"),
        "attention weights": constant("rust_core/src/attention/weights.rs", "VERSION"),
        "router weights": constant("rust_core/src/fastgrnn/weights.rs", "VERSION"),
        "node feature table": node_features.FEATURES_VERSION,
        "router feature table": router_features.VERSION,
        "prefix state": int(prefix_disk.MAGIC.split()[-1]),
        "telemetry": database.SCHEMA_VERSION,
        "conversations": conversations.SCHEMA_VERSION,
        "kept answers": answers.SCHEMA_VERSION,
    }
    assert (rows["attention weights"], rows["router weights"]) == (attention_file.VERSION, fastgrnn.VERSION)
    assert f"`0x{schema.APPLICATION_ID:X}`" in (DOCS / "formats.md").read_text()
    assert f"user_version` {schema.SCHEMA_VERSION}" in (DOCS / "formats.md").read_text()


def test_tables_of_the_memory_are_those_of_the_code() -> None:
    section = (DOCS / "formats.md").read_text().split("\n## Memory\n")[1].split("\n## ")[0]
    listed = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert listed == set(re.findall(r"CREATE (?:VIRTUAL )?TABLE (\w+)", schema.TABLES))


def test_every_error_is_on_its_page_with_its_exit_code() -> None:
    text = (DOCS / "errors.md").read_text()
    listed = {name: int(code) for name, code in re.findall(r"^\| `(\w+)` \| (\d+) \|", text, re.MULTILINE)}
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if each.__module__ == errors.__name__]
    assert listed == {each.__name__: each.exit_code for each in classes}
    core = [name for name, each in vars(_core).items() if inspect.isclass(each) and issubclass(each, Exception)]
    assert core and [name for name in core if f"| `{name}` |" not in text] == []


def test_settings_are_those_of_the_code() -> None:
    (block,) = re.findall(r"^```toml\n(.*?)^```", (DOCS / "configuration.md").read_text(), re.MULTILINE | re.DOTALL)
    from sanderling.config import Config

    given = tomllib.loads(block)
    assert set(given) == set(Config.__struct_fields__)
    shown, defaults = msgspec.convert(given, Config), Config()
    # By default there is no tier and no comparison, and the page shows how they are written.
    for key in given.keys() - {"tier", "ab"}:
        if (default := getattr(defaults, key)) is not None:
            assert getattr(shown, key) == default, key


def docstrings(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Each docstring of a module, those of attributes too, with the name of the class it stands in, or is of."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            within = node.name if isinstance(node, ast.ClassDef) else ""
            for child in node.body:
                if isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant):
                    yield within, str(child.value.value)
                elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield within, ast.get_docstring(child) or ""


def test_references_of_docstrings_lead_somewhere() -> None:
    references = script("references")
    lost = []
    package = Path(sanderling.__file__).parent
    for path in sorted(package.rglob("*.py")):
        parts = ("sanderling", *path.relative_to(package).with_suffix("").parts)
        module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if module.endswith("__main__"):
            continue
        for within, text in docstrings(ast.parse(path.read_text(encoding="utf-8"))):
            for _, content in references.ROLE.findall(text):
                if not references.exists(references.target_of(content), module, within or None):
                    lost.append(f"{module}: {content}")
    assert sorted(set(lost)) == []


def test_references_that_lead_nowhere_are_found() -> None:
    exists = script("references").exists
    assert exists("sanderling.errors.Busy", None)
    assert exists(".Busy", "sanderling.errors")
    assert exists("Runtime.ask", "sanderling.runtime")
    assert not exists("sanderling.errors.Bsuy", None)
    assert not exists("Runtime.aks", "sanderling.runtime")


def test_pages_that_load_something_from_elsewhere_are_found(tmp_path: Path, capsys) -> None:
    offline = script("offline")
    (tmp_path / "a.html").write_text('<a href="https://example.org/">x</a><script src="_static/x.js"></script>')
    assert offline.main(tmp_path) == 0
    (tmp_path / "b.html").write_text('<link rel="stylesheet" href="https://example.org/x.css">')
    (tmp_path / "c.css").write_text("@font-face { src: url(//example.org/font.woff2) }")
    assert offline.main(tmp_path) == 2
    assert "example.org/x.css" in capsys.readouterr().out
    assert "sphinx" not in sys.modules

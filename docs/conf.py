"""How the pages here and the docstrings become one set of HTML pages, without a network: ``make docs``.

Two parts are written anew by each build, into ``docs/_generated``, from the package itself:

``public.rst``      every name that ``sanderling`` exports
``internals/*.rst`` the header of every module, a page for each folder

A warning is an error, and so is a reference of a docstring to something that does not exist (``references.py``).
"""

from __future__ import annotations

import inspect
import shutil
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import references  # noqa: E402  (it lies beside this file)

import sanderling  # noqa: E402
from sanderling.errors import SanderlingError  # noqa: E402

project = "Sanderling"
author = "the Sanderling authors"
copyright = author
version = release = sanderling.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
exclude_patterns = ["_build"]
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_inline"]
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
add_module_names = False
highlight_language = "none"
nitpicky = True

html_theme = "furo"
html_title = f"Sanderling {version}"
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"top_of_page_buttons": []}

GENERATED = HERE / "_generated"
PACKAGE = Path(sanderling.__file__).resolve().parent


def module_names() -> list[str]:
    """Return the dotted names of all modules of the package, folders before what is in them."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("sanderling", *path.relative_to(PACKAGE).with_suffix("").parts)
        found.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return sorted(name for name in found if not name.endswith("__main__"))


def public_page() -> str:
    """Return the page of the exported names: errors last, since they have a page of their own that links here."""
    names = [name for name in sanderling.__all__ if not name.startswith("_")]
    errors = [name for name in names if _is_error(getattr(sanderling, name))]
    order = [name for name in ("Runtime", "Conversation", "Answer", "Filter", "Handle") if name in names]
    order += [name for name in names if name not in order and name not in errors]
    parts = ["Public names", "============", ""]
    for title, group in (("Classes and records", order), ("Errors", errors)):
        parts += [title, "-" * len(title), ""]
        for name in group:
            directive = "autoclass" if inspect.isclass(getattr(sanderling, name)) else "autodata"
            parts += [f".. {directive}:: sanderling.{name}", "   :members:", "   :show-inheritance:", ""]
    return "\n".join(parts)


def internal_pages() -> dict[str, str]:
    """Return a page of module headers for each folder of the package."""
    pages: dict[str, str] = {}
    names = module_names()
    for name in names:
        folder = name if (PACKAGE / Path(*name.split(".")[1:])).is_dir() else name.rpartition(".")[0]
        page = pages.get(folder) or f"{folder}\n{'=' * len(folder)}\n"
        if name != folder:
            page += f"\n{name}\n{'-' * len(name)}\n"
        pages[folder] = page + f"\n.. automodule:: {name}\n   :no-members:\n"
    index = "\n".join(f"   {folder}" for folder in sorted(pages))
    pages["index"] = f"All modules\n===========\n\n.. toctree::\n   :maxdepth: 1\n\n{index}\n"
    return pages


def generate(app: Any) -> None:
    """Write the generated pages; one that has not changed keeps its time, so that it is not built again."""
    wanted = {GENERATED / "public.rst": public_page()}
    wanted |= {GENERATED / "internals" / f"{name}.rst": page for name, page in internal_pages().items()}
    for path in GENERATED.rglob("*.rst"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)


def resolve(app: Any, env: Any, node: Any, content: Any) -> Any:
    """Show a reference to what has no entry of its own as plain text if it exists; Sphinx warns of any other."""
    if node.get("refdomain") != "py":
        return None
    if "refdoc" not in node or references.exists(node["reftarget"], node.get("py:module"), node.get("py:class")):
        return content  # of a signature, which mypy has checked; or of a role, and it is there
    return None


def _is_error(value: object) -> bool:
    return (
        inspect.isclass(value)
        and issubclass(value, Exception)
        and (issubclass(value, SanderlingError) or value.__module__ == "sanderling._core")
    )


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("builder-inited", generate)
    app.connect("missing-reference", resolve)
    app.connect("build-finished", lambda app, error: None if error else shutil.rmtree(app.outdir / "_sources", True))

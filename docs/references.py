"""Whether what a docstring refers to exists: used by the build of these pages, and by ``tests/test_docs.py``."""

from __future__ import annotations

import builtins
import importlib
import inspect
import re
from functools import cache

ROLE = re.compile(r":(?:py:)?(mod|class|func|meth|attr|data|exc|obj|const):`([^`]+)`")


def target_of(content: str) -> str:
    """Return the target of a role's text: ``title <target>``, ``~target``, ``!target`` or ``target()``."""
    explicit = re.fullmatch(r".*<([^<>]+)>", content, re.DOTALL)
    return (explicit[1] if explicit else content).strip().lstrip("~!").removesuffix("()")


def exists(target: str, module: str | None, owner: str | None = None) -> bool:
    """Whether ``target``, as written in ``module`` and in its class ``owner``, is something that can be imported.

    A leading dot is Sphinx's: any name that ends so. Here it is taken relative to the module, then to each package
    around it. ``module`` None: only a full name counts.
    """
    target = target.lstrip("~").removesuffix("()")
    name = target.lstrip(".")
    bases = ["", "builtins"]
    if module:
        parts = module.split(".")
        bases += [".".join(parts[:end]) for end in range(len(parts), 0, -1)]
        if owner:
            bases.append(f"{module}.{owner}")
    return any(_found(f"{base}.{name}" if base else name) for base in bases)


@cache
def _found(name: str) -> bool:
    if hasattr(builtins, name):
        return True
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            value: object = importlib.import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            if not hasattr(value, part):
                return part == parts[-1] and inspect.isclass(value) and _of_instances(value, part)
            value = getattr(value, part)
        return True
    return False


def _of_instances(value: type, name: str) -> bool:
    """Whether an attribute is annotated in a class, or set by its methods."""
    return (
        name in getattr(value, "__annotations__", {})
        or re.search(rf"\bself\.{name}\b", inspect.getsource(value)) is not None
    )

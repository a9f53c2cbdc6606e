"""Finds the version of an installed package.

It is read from the name of the metadata folder. ``importlib.metadata`` answers the same, but imports the parser of
e-mail, which takes a fifth of a worker's start.
"""

from __future__ import annotations

from pathlib import Path


def version(distribution: str, package: Path) -> str:
    """Return the installed version of ``distribution``.

    ``package``: the folder of its import package. Raises importlib.metadata.PackageNotFoundError if it is not installed
    as a distribution.
    """
    stem = distribution.replace("-", "_")
    found = [path.name.removesuffix(".dist-info") for path in package.parent.glob(f"{stem}-*.dist-info")]
    if len(found) == 1:
        return found[0].removeprefix(f"{stem}-")
    # Installed elsewhere than its package (an editable installation), or two versions in one folder.
    import importlib.metadata

    return importlib.metadata.version(distribution)

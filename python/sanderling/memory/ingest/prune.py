"""Decide whether a prune may forget documents whose files are gone.

An unmounted card looks like a folder whose notes were all deleted.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from pathlib import Path

from ..files.address import Held, Presence, below, covered, names_in
from ..store.store import Store

FEW = 10
"""Up to this many documents are forgotten without asking, even if they are most of a folder."""
FEW_IN_ALL = 2
"""Up to this many documents are forgotten without asking, even if their root is empty or missing."""


def notes(count: int) -> str:
    """Return "1 note" or "20 notes"."""
    return f"{count:,} note{'s' * (count != 1)}"


def gone_below(
    store: Store, roots: Iterable[str], seen: Container[str], failed: Container[str]
) -> dict[str, list[str]]:
    """Map each root to its stored documents that were not seen. Those whose file is in ``failed`` are left out."""
    held = Held(document.uri for document in store.documents())
    return {root: [uri for uri in held.below(root) if uri not in seen and not covered(uri, failed)] for root in roots}


def counted(gone: Mapping[str, Sequence[str]]) -> tuple[int, int]:
    """Return how many documents in ``gone`` have no file any more, and how many have a file that is now excluded."""
    presence = Presence()
    uris = {uri for listed in gone.values() for uri in listed}
    left_out = sum(presence.path_of(uri) is not None for uri in uris)
    return len(uris) - left_out, left_out


def judged(
    store: Store, gone: Mapping[str, Sequence[str]], confirm: Callable[[str], bool] | None
) -> tuple[list[str], str]:
    """Return the documents to forget, and why the others are kept; "" if all are forgotten.

    ``gone``: the documents whose files are gone, by root. ``confirm`` is asked where there is a doubt; None: what is
    doubtful is kept.
    """
    presence = Presence()
    held = Held(document.uri for document in store.documents())
    certain: list[str] = []
    refused: list[str] = []
    for root, uris in gone.items():
        why = doubt(root, len(held.below(root)), uris, presence)
        if why and not (confirm and confirm(f"forget {notes(len(uris))} whose files are gone? {why}")):
            refused.append(
                f"{notes(len(uris))} whose files are gone were kept, since {why}: mount it if it is on a card or "
                f"another machine; if they are gone for good, run  sanderling memory forget {root}  or give --yes"
            )
        else:
            certain += uris
    return certain, "; ".join(refused)


def doubt(root: str, held: int, gone: Sequence[str], presence: Presence) -> str:
    """Return why the documents in ``gone`` may be unreachable rather than deleted; "" without a doubt.

    ``root``: address of a folder or file; ``held``: number of documents that the memory holds below it. These look like
    a medium that is not mounted: a missing or empty root that held more than :data:`FEW_IN_ALL`, the loss of more than
    half and more than :data:`FEW`, and a folder below that is empty now and held more than :data:`FEW`.
    """
    path = presence.path_of(root)
    if len(gone) > FEW_IN_ALL and path is None and not _was_file(root, gone):
        return f"{root} is not there"
    if len(gone) > FEW_IN_ALL and path is not None and path.is_dir() and not names_in(path):
        return f"{root} is empty"
    if len(gone) > FEW and 2 * len(gone) > held:
        return f"that is most of the {held:,} in {root}"
    for folder, count in _folders(root, gone):
        at = presence.path_of(folder)
        if count > FEW and at is not None and at.is_dir() and not names_in(at):
            return f"{folder} is empty"
    return ""


def _was_file(root: str, gone: Iterable[str]) -> bool:
    """Whether ``root`` was a single file in a folder that still exists and is not empty."""
    is_file = all(uri == root or uri.startswith(f"{root}#") for uri in gone)
    return is_file and bool(names_in(Path(root).parent))


def _folders(root: str, gone: Iterable[str]) -> list[tuple[str, int]]:
    """Return each folder below ``root`` with its number of documents in ``gone``."""
    times: Counter[str] = Counter()
    for uri in gone:
        folder = os.path.dirname(uri)  # noqa: PTH120
        while below(folder, root) and folder != root:
            times[folder] += 1
            folder = os.path.dirname(folder)  # noqa: PTH120
    return list(times.items())

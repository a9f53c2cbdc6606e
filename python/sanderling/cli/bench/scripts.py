"""``sanderling bench scripts``: measure retrieval in languages with different writing systems."""

from __future__ import annotations

from .. import options, output

EXAMPLES = "Example:  sanderling bench scripts"


def scripts(json: options.JsonOption = False) -> None:
    """In each of five languages, ask 60 questions about 20 notes.

    The languages are Chinese, Japanese, Korean, English and German. The memory holds other notes too. Half of the
    questions are worded otherwise than the note. With --json one language per line.
    """
    from ...bench_device.retrieval.scripts import measure
    from ...config import Config
    from ...models.embedder import open_embedder

    for found in measure(open_embedder(Config().embedder)):
        if json:
            output.json_line(found)
        else:
            output.text(
                f"{found.language}: the right note first for {found.first} of {found.questions} questions "
                f"({found.first_reworded} of those reworded), among the first five for {found.first_five}"
            )

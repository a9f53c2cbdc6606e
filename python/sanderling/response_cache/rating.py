"""Delete the kept answers to a question whose answer a person rated badly, so that it is answered anew."""

from __future__ import annotations

import logging
from pathlib import Path

from ..errors import SanderlingError
from .answers import Answers
from .question import normalised, telling

log = logging.getLogger(__name__)


def forget_question(question: str, path: Path | None = None) -> int:
    """Delete the kept answers to ``question`` in any of its wordings, and overwrite them; return their number.

    ``question`` empty: not known, and nothing is deleted. ``path`` of the file of answers; None: the one in the data
    folder. As the file does not name memories, the answers of all memories go. A file that fails is only logged.
    """
    if not question:
        return 0
    answers = Answers(path)
    try:
        return answers.forget_telling(telling(normalised(question)))
    except SanderlingError as error:
        log.warning("the answer may be kept for when it is asked again (%s): run  sanderling cache clear", error)
        return 0
    finally:
        answers.close()

"""System prompts for each kind of task, in a standard and in a minimal form.

A long system prompt takes time to read on a small device, and a short one may say too little:
``sanderling bench tasks`` measures both.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..models.task_choice import TaskKind, Template
from ..request.history import SYSTEM

SYSTEMS: Mapping[TaskKind, Mapping[Template, str]] = {
    "classification": {
        "standard": "You sort notes. Read the note and choose the one category that fits it best. Answer with the name"
        " of the category, exactly as it stands in the list, and with nothing else.",
        "minimal": "Name the category of the note.",
    },
    "extraction": {
        "standard": "You read facts out of notes. Fill in each field of the JSON object from the note, word for word as"
        " the note has it and without units or words that do not belong to it. Add nothing of your own.",
        "minimal": "Fill in the JSON from the note.",
    },
    "answers": {"standard": SYSTEM, "minimal": "Answer in a few words."},
    "summaries": {
        "standard": "State the facts of the context blocks in at most three sentences, with their names, numbers and"
        " dates.",
        "minimal": "State the facts.",
    },
}
"""System prompt by kind and form. The standard ones for answers and summaries are those of the runtime."""

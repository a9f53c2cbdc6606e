"""A memory with a canary in each kind of private note, and what must not leave it."""

from __future__ import annotations

from sanderling.memory import Note
from sanderling.records import NodeMetadata
from sanderling.runtime import Runtime

PUBLIC = {
    "pump.md": "# Pump\n\nThe feed pump is repaired by Ada Lind. It stands in the cellar of the station.",
    "ada.md": "# Ada Lind\n\nAda Lind is the engineer of the station. She comes from Narvik.",
    "menu.md": "# Menu\n\nOn Fridays the kitchen of the station serves lentil soup with black bread.",
    "boat.md": "# Boat\n\nThe supply boat of the station comes on the first Monday of the month.",
}
PRIVATE = {
    "tag": (
        "salary.md",
        "---\ntags: [Private/Money]\n---\n# Salary\n\nAda Lind of the station earns canarytag crowns.",
    ),
    "domain": ("illness.md", "---\ndomain: Health\n---\n# Illness\n\nAda Lind of the station has canarydomain fever."),
    "folder": ("diary/monday.md", "# Diary\n\nAda Lind of the station quarrelled about canaryfolder with the cook."),
}
NOTES = {
    **{name: f"---\ntags: [public]\n---\n{text}" for name, text in PUBLIC.items()},
    **dict(PRIVATE.values()),
}
QUESTIONS = (
    "What does Ada Lind of the station earn?",
    "Which fever has Ada Lind?",
    "With whom did Ada Lind quarrel?",
    "Who repairs the feed pump?",
    "What is served on Fridays?",
    "What was said before about the canary?",
    "When does the supply boat come?",
)
WRITTEN = "canarywritten"
SPOKEN = "canaryspoken"
"""What the local model says, so that it stands in earlier turns and in answers that were written back."""


def rules(folder: str) -> dict[str, str]:
    """Return the rule for each kind of private note. ``folder``: of the notes."""
    return {"tag": "tag:private", "domain": "health", "folder": f"folder:{folder}/diary"}


def plant(runtime: Runtime) -> None:
    """Add what models wrote: an answer that was written back, and a summary of private notes."""
    runtime.memory.write_back(
        [
            Note(text=f"Question: What does Ada Lind earn? Answer: {WRITTEN} crowns.", source="agent", type="memory"),
            Note(
                text="Ada Lind of the station earns canarytag, has canarydomain and quarrels about canaryfolder.",
                type="summary",
                source="system",
                metadata=NodeMetadata(),
            ),
        ]
    )


def arrived(body: str, active: tuple[str, ...]) -> list[str]:
    """Return the canaries in ``body`` that must not be there. ``active``: kinds of rules in force."""
    wanted = [f"canary{kind}" for kind in active]
    return [canary for canary in (*wanted, WRITTEN, SPOKEN) if canary in body]

"""Recognises a named chat format by a template's control tokens.

The template is not run.
"""

from __future__ import annotations

from ...engines.chat_format import ChatFormat, formats

BY_ARCHITECTURE = {
    "lfm2": "lfm2",
    "lfm2moe": "lfm2",
    "lfm3": "lfm2",
    "llama": "chatml",
    "qwen2": "chatml",
    "qwen3": "qwen3",
    "gemma3": "plain-bos",
}
"""Formats guessed by architecture, for files without a template. The header names the architecture."""
_MARKS = {
    "qwen3": ("<|im_start|>", "<think>", "enable_thinking"),
    "lfm2": ("<|im_start|>", "<|im_end|>"),
    "chatml": ("<|im_start|>", "<|im_end|>"),
    "gemma": ("<start_of_turn>", "<end_of_turn>"),
    "llama3": ("<|start_header_id|>", "<|eot_id|>"),
    "mistral": ("[INST]", "[/INST]", "bos_token"),
    "phi3": ("<|user|>", "<|end|>", "<|assistant|>"),
    "granite": ("<|start_of_role|>", "<|end_of_role|>"),
}
"""Texts found in all templates of a format. Among formats that share some, the one with the most comes first."""


def recognised(architecture: str, template: str) -> str | None:
    """Return the name of a file's probable format, or None. ``template``: empty for a file without one."""
    if not template:
        return BY_ARCHITECTURE.get(architecture)
    for name, marks in _MARKS.items():
        known = name != "lfm2" or architecture.startswith("lfm")
        if known and all(mark in template for mark in marks):
            return name
    return None


def name_of(format: ChatFormat) -> str | None:
    """Return a chat format's name; None for an unnamed format. A named format that writes the same is taken."""
    for name, known in formats().items():
        if _written(known) == _written(format):
            return name
    return None


def _written(format: ChatFormat) -> tuple[object, ...]:
    return (
        format.start_system,
        format.start_user,
        format.system_user,
        format.user_assistant,
        format.user_generation or format.user_assistant,
        format.assistant_user,
        format.assistant_end,
        sorted(format.control),
        sorted(format.left_trimmed),
        sorted(format.right_trimmed),
        format.thinking,
    )

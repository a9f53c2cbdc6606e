"""Proposes an entry for a model file that the package does not know.

From the file's own metadata.
"""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from ..engines.chat_format import format_of, formats
from ..errors import ModelUnavailable, UsageError
from ..records import Record, Sampling
from .about import About, read_about
from .chat.choose import Chosen, choose
from .entries import FileEntry, ModelEntry, PathSource
from .gguf import GgufHeader, read_header
from .other_files import JOIN

EMBEDDERS = (
    "bert",
    "nomic-bert",
    "nomic-bert-moe",
    "neo-bert",
    "jina-bert-v2",
    "jina-bert-v3",
    "t5encoder",
    "modern-bert",
)
"""Architectures that make vectors and write no text."""
FAMILY_SAMPLING: dict[str, Sampling] = {
    "lfm2": Sampling(temperature=0.3, min_p=0.15, repeat_penalty=1.05),
    "lfm2moe": Sampling(temperature=0.3, min_p=0.15, repeat_penalty=1.05),
    "lfm3": Sampling(temperature=0.1, top_k=50, repeat_penalty=1.1),
}
"""Sampling by architecture, for files that name none. As the model cards have it."""


class Proposal(Record):
    """A proposed entry and the origin of its parts."""

    entry: ModelEntry
    header: GgufHeader
    chat: str
    """Origin of the chat format."""
    exact: bool
    """Whether the chat format writes exactly what the file's template writes."""
    sampling: str
    """Origin of the sampling."""


def propose(
    path: Path,
    file: FileEntry,
    *,
    model_id: str,
    licence: str = "",
    chat_format: str = "",
    thinking_tokens: int = 0,
) -> Proposal:
    """Return the proposed entry for a model file.

    ``file``: its record, whose sources the entry keeps. ``chat_format``: name of the format to use; empty: the file's
    own. ``thinking_tokens``: longest thought before an answer, for a model that thinks. Raises ModelUnavailable for
    what is no usable GGUF, UsageError for a model that cannot answer or whose format is not known.
    """
    header = read_header(path)
    about = read_about(path)
    if header.architecture in EMBEDDERS or about.makes_vectors:
        raise UsageError(f"{path} makes vectors or scores and writes no text: add a model that generates")
    if about.pieces > 1:
        raise UsageError(f"{path} is one of {about.pieces} pieces of a model: {JOIN}")
    chosen = _chosen(path, header, about, chat_format)
    if thinking_tokens:
        chosen = _thinking(path, chosen, thinking_tokens)
    family = FAMILY_SAMPLING.get(header.architecture)
    sampling = about.sampling or family or Sampling()
    said = "the file" if about.sampling else "the model cards of its family" if family else "our defaults"
    entry = ModelEntry(
        id=model_id,
        parameters=header.parameters,
        licence="none" if header.synthetic else licence or about.licence or "unknown",
        default_quant=file.quant,
        files=(file,),
        chat_format=chosen.format,
        active_parameters=header.active_parameters if header.expert_count else 0,
        context_tokens=header.context_length,
        n_layers=header.block_count,
        kv_bytes_per_token=header.kv_bytes_per_token,
        sampling=sampling,
    )
    return Proposal(entry=entry, header=header, chat=chosen.why, exact=chosen.exact, sampling=said)


def _chosen(path: Path, header: GgufHeader, about: About, name: str) -> Chosen:
    if name:
        if name not in formats():
            raise UsageError(f"no chat format is called {name!r}: choose one of {', '.join(formats())}")
        return Chosen(name, "as asked for", False)
    chosen = choose(header.architecture, about)
    if chosen is None:
        raise UsageError(
            f"{path}: its chat template cannot be used: name a format with --chat-format, one of {', '.join(formats())}"
        )
    return chosen


def _thinking(path: Path, chosen: Chosen, tokens: int) -> Chosen:
    format = format_of(chosen.format)
    if format.thinking is None:
        raise UsageError(f"{path}: its chat format has no thoughts: leave --thinking away")
    return chosen._replace(format=replace(format, thinking=replace(format.thinking, budget_tokens=tokens)))


def file_in_place(path: Path, sha256: str) -> FileEntry:
    """Return the record of a file that is used in place. Raises ModelUnavailable for what is no usable GGUF."""
    from .download.repository import quant_of, safe

    header = read_header(path)
    quant = header.quant if header.quant != "file" else quant_of(path.name) or "file"
    name = safe(path.name if path.suffix == ".gguf" else f"{path.name}.gguf")
    source = PathSource(path=str(path.absolute()))
    if not path.name.isprintable():
        raise ModelUnavailable(f"{path.name!a} has a name that no list can hold: rename the file")
    return FileEntry(name=name, quant=quant, bytes=header.file_bytes, sha256=sha256, sources=(source,))

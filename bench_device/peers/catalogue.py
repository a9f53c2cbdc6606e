"""The peers, with their packages and their documented defaults."""

from __future__ import annotations

from ...records import Record

OURS = "sanderling"


class Peer(Record):
    """One program that answers questions from notes."""

    name: str
    environment: str
    """Name of the environment, which several ways of using one program share."""
    packages: tuple[str, ...]
    """Packages that pip installs, each pinned, so that a figure says what it is about."""
    defaults: str
    """The peer's settings, and where they come from."""


_LANGCHAIN = (
    "langchain-chroma==1.1.0",
    "chromadb==1.5.9",
    "langchain-openai>=1.7,<2",
    "langchain-text-splitters>=1.0,<2",
    "onnxruntime>=1.20,<1.33",
    "tokenizers>=0.20,<0.24",
    "xllamacpp==2026.10.11549",
)
_TXTAI = (
    "txtai[graph]==9.14.0",
    "llama-cpp-python==0.3.36",
    "onnxruntime>=1.20,<1.33",
    "tokenizers>=0.20,<0.24",
)

PEERS = (
    Peer(
        name="langchain-chroma",
        environment="langchain-chroma",
        packages=_LANGCHAIN,
        defaults="RAG tutorial: pieces of 1,000 characters that overlap by 200, the nearest 4, its prompt; the model"
        " behind llama-server of xllamacpp, by ChatOpenAI",
    ),
    Peer(
        name="txtai",
        environment="txtai",
        packages=_TXTAI,
        defaults="RAG pipeline: whole notes, the nearest 3, the documented template; llama-cpp-python in the process",
    ),
    Peer(
        name="txtai-graph",
        environment="txtai",
        packages=_TXTAI,
        defaults="graph = true: of the nearest 10 the 3 most central; otherwise as txtai",
    ),
)
NAMES = tuple(peer.name for peer in PEERS)

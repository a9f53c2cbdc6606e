"""Opens an installed embedder, by its name or for a memory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..config import Config
from ..embedding.contract import Embedder
from ..embedding.encoder import Encoder
from ..embedding.onnx import OnnxEmbedder, require_libraries
from ..errors import MemoryFileError, ModelUnavailable
from ..memory.store.identity import embedder_of
from . import registry
from .entries import WeightsRecipe
from .recipe.likeness import require_likeness
from .registry import InstalledModel

if TYPE_CHECKING:
    from ..engines.embedder import GgufEmbedder


def open_embedder(name: str = Config().embedder, *, n_threads: int = 1) -> OnnxEmbedder | GgufEmbedder:
    """Load an installed embedder by its name.

    If it is not installed, its replacement is loaded. Raises MissingExtra if onnxruntime and tokenizers, or an engine
    for GGUF files, are not installed; ModelUnavailable if its files are absent or cannot be loaded; UsageError for an
    unknown name; ValueError for a model that is no embedder.
    """
    spec = registry.get(name).embedding
    if spec is None:
        raise ValueError(f"{name} is no embedder")
    if spec.engine == "onnx":
        require_libraries()
    return _opened(registry.installed_or_instead(name) or registry.resolve(name), n_threads)


def embedder_id(model: InstalledModel) -> str:
    """Return an embedder's id as memories store it. It is the model's id and the hash of its file."""
    return f"{model.entry.id}@{model.sha256[:12]}"


def installed_with_id(id_: str) -> InstalledModel | None:
    """Return the installed embedder with the id ``id_``, or None."""
    name = id_.partition("@")[0]
    entry = registry.entries().get(name)
    if entry is None or entry.embedding is None:
        return None
    quants = (found for quant in entry.quants if (found := registry.installed(name, quant)) is not None)
    return next((found for found in quants if embedder_id(found) == id_), None)


class Chosen(NamedTuple):
    """The embedder for a memory, and a one-line message for the user."""

    embedder: OnnxEmbedder | GgufEmbedder
    warning: str
    """Advice about an older embedder; empty: none."""


def open_for_memory(path: Path, name: str, *, n_threads: int = 1) -> Chosen:
    """Load the embedder for the memory at ``path``.

    It is the one that made the memory's vectors; for a new memory the one called ``name``. A memory keeps its embedder,
    whatever is set. If it is an older form of the one called ``name``, the warning names the command that makes its
    vectors anew. Raises MemoryFileError if the memory's embedder is not on this device, and what :func:`open_embedder`
    raises.
    """
    id_ = embedder_of(path)
    own = installed_with_id(id_) if id_ else None
    wanted = registry.installed_or_instead(name)
    command = f"sanderling memory reembed -m {path}"
    if own is None or (wanted is not None and embedder_id(wanted) == id_):
        embedder = open_embedder(name, n_threads=n_threads)
        if id_ and embedder.id != id_:
            made_by = id_.partition("@")[0]
            pull = f"run  sanderling models pull {made_by}  to use it again, or " * (made_by in registry.entries())
            raise MemoryFileError(
                f"{path}: made with the embedder {id_}, which is not on this device: {pull}make its vectors anew with "
                f"{embedder.id}:  {command}"
            )
        return Chosen(embedder, "")
    older = own.entry.id in (name, registry.get(name).instead)
    offer = f"this memory was made with {id_}, and {name} is set: to have its vectors made anew, run  {command}"
    return Chosen(_opened(own, n_threads), offer if older else "")


def accept(model: InstalledModel) -> None:
    """Test an embedder that was built on this device.

    Nothing is done for any other model. Raises ModelUnavailable if it gives other vectors than it should, MissingExtra
    if nothing is here to run it.
    """
    spec = model.entry.embedding
    if spec is not None and spec.like:
        embedder: Embedder = _opened(model, 1)
        require_likeness(embedder, spec.like)


def _opened(model: InstalledModel, n_threads: int) -> OnnxEmbedder | GgufEmbedder:
    spec = model.entry.embedding
    if spec is None:
        raise ModelUnavailable(f"{model.entry.id} is no embedder")
    encoder = Encoder(
        name=model.entry.id,
        id=embedder_id(model),
        path=model.path,
        dim=spec.dim,
        max_tokens=spec.max_tokens,
        normalise=spec.normalise,
        pooling=spec.pooling,
        query_prefix=spec.query_prefix,
        passage_prefix=spec.passage_prefix,
        languages=spec.languages,
        alone=spec.one_by_one,
        opens_as_it_is=isinstance(model.entry.files_of(model.quant)[0].sources[0], WeightsRecipe),
    )
    if spec.engine == "gguf":
        from ..engines.embedder import GgufEmbedder

        return GgufEmbedder(encoder, n_threads=n_threads)
    return OnnxEmbedder.open(encoder, n_threads=n_threads)

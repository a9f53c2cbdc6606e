"""Immutable values: rows of the memory, and values passed between the stages of a request.

None of them holds a connection, a file or a lock. They are msgspec structs, so ``msgspec.json.encode`` writes all but
those with numpy arrays (:class:`SearchResult`, :class:`AttentionResult`, :class:`RetrievalResult`).

Units are in the names: ``_ms`` milliseconds, ``_bytes`` bytes, ``_tokens`` tokens of the generating model.
"""

from __future__ import annotations

from typing import Literal, dataclass_transform, get_args

import msgspec
import numpy as np
from numpy.typing import NDArray

from . import ranges
from .quote import Quote
from .quote import SourceNote as SourceNote  # noqa: PLC0414 - a record like those below, and imported with them
from .verdict import Verdict

NodeType = Literal["doc", "memory", "trace", "tool_result", "summary"]
NodeSource = Literal["kb", "user", "agent", "system"]
Dated = Literal["", "stated", "name", "file", "ingest"]
EdgeCreator = Literal["router", "agent", "user"]
Privacy = Literal["local", "own", "any"]
ContextBin = Literal["tiny", "small", "medium", "large"]
Plan = Literal["direct", "graph", "quote"]
BlockHead = Literal["short", "full"]
KvType = Literal["f16", "q8_0"]
FinishReason = Literal["stop", "length", "cancelled", "budget"]

CONTEXT_BINS: tuple[ContextBin, ...] = get_args(ContextBin)
PLANS: tuple[Plan, ...] = get_args(Plan)

Vectors = NDArray[np.float32]
Keys = NDArray[np.uint64]


# Subclasses inherit frozen and kw_only from msgspec at run time; type checkers have to be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all values: frozen, with keyword arguments only."""


class NodeMetadata(Record, omit_defaults=True):
    """Metadata of a node."""

    timestamp: str = ""
    """Time of the node, ISO-8601 in UTC: the document's own date, or the time of the ingest."""
    tags: tuple[str, ...] = ()
    language: str = ""
    domain: str = ""
    version: str = ""
    score: float = 0.0
    names: str = ""
    """Other names of the document, from its path, for full-text search. They come from stem and folders."""
    dated: Dated = ""
    """Source of ``timestamp``: document, file name, file change, or ingest; "" for an answer."""


class Node(Record):
    """A chunk of a document, or a text written by a model. Its vector is stored separately, and in the index."""

    key: int
    """Row id in SQLite and key in the index; never reused."""
    id: str
    """UUID, by which users and other devices refer to the node."""
    text: str
    type: NodeType = "doc"
    source: NodeSource = "kb"
    title: str = ""
    """Title of the node's document."""
    uri: str = ""
    """Source of the document: a path, or an address given by the user."""
    position: int = 0
    """Ordinal of the node within its document, from 0."""
    metadata: NodeMetadata = NodeMetadata()


class EdgeMetadata(Record, omit_defaults=True):
    """Origin of an edge: its time, its creator and its confidence."""

    timestamp: str = ""
    created_by: EdgeCreator = "agent"
    confidence: float = 1.0


class Edge(Record):
    """A directed relation from node ``src`` to node ``dst``, both given by key."""

    id: str
    src: int
    dst: int
    rel: str
    """``cites``, ``follows``, ``same_topic``, ``agent_step`` or any other name; no name is special to the code."""
    weight: float
    metadata: EdgeMetadata = EdgeMetadata()


class SearchParams(Record):
    """Parameters of a search: how many nodes to find and weigh, and how thoroughly to search."""

    k: int = 64
    """Number of nearest nodes to find."""
    ef_search: int = 64
    """Beam width of the index search, raised to ``k``; a wider beam misses fewer of the nearest nodes."""
    hops: int = 2
    """Number of hops around each hit within which nodes are weighed; 0: only the hits."""
    max_nodes: int = 256
    """Largest number of nodes weighed, hits included."""
    nprobe: int = 0
    """Number of clusters searched in an index of clusters; 0: as many as the index takes."""

    def check(self) -> None:
        """Raise ValueError if a number is out of its range."""
        ranges.NEIGHBOURS.check("k", self.k)
        ranges.NEIGHBOURS.check("ef_search", self.ef_search)
        ranges.NEIGHBOURS.check("max_nodes", self.max_nodes)
        ranges.HOPS.check("hops", self.hops)
        ranges.PROBES.check("nprobe", self.nprobe)


DEFAULT_SEARCH = SearchParams()
"""Search parameters of a request that gives none."""


class SearchStats(Record):
    """Statistics of the distances (1 - cosine) of the found nodes; all zero if no node was found."""

    k: int = 0
    mean_distance: float = 0.0
    std_distance: float = 0.0
    min_distance: float = 0.0
    max_distance: float = 0.0


class SearchResult(Record):
    """The nearest nodes with their distances, nearest first. Both arrays have one entry per node."""

    keys: Keys
    distances: Vectors
    stats: SearchStats


class AttentionResult(Record):
    """The ranked nodes for a question, with their weights.

    Beside them are the weights that tell how certain the retrieval is. Where trained attention ranked the nodes, the
    two are equal. Where ranks were fused, the certainty is that of an untrained prior, which weighs the same nodes by
    their vectors and edges alone: shares of ranks are the same for every question.
    """

    keys: Keys
    """Keys of the nodes, best first."""
    weights: Vectors
    """Weights that ranked ``keys``, from attention or fusion, in falling order; they sum to 1."""
    prior_weights: Vectors
    """Weights that show how certain the retrieval is, in falling order; after a fusion not parallel to ``keys``."""
    entropy: float
    """Shannon entropy of ``prior_weights``, nats."""
    depth_touched: int
    """Largest number of hops from a hit to a node found."""


class RetrievalResult(Record):
    """The retrieval result for a question: the nearest nodes, and the ranked nodes."""

    vector: Vectors
    """Unit vector of the question, ``float32[dim]``."""
    hits: SearchResult
    attended: AttentionResult


class Route(Record):
    """A router's decision: model, context size and sampling."""

    model_id: str
    context_bin: ContextBin
    context_tokens: int
    temperature: float
    top_p: float
    escalate: float
    """Predicted probability that a larger model's draft will replace this one."""
    router: str
    """Router that decided: ``rule`` or ``fastgrnn:<weights id>``."""
    reason: str
    predicted_ms: float
    propensity: float = 1.0
    """Probability with which this arm was chosen, for off-policy estimates."""
    escalated_from: str = ""
    """Model whose draft this route replaces; empty for a first draft. It is the same model if only its context grew."""
    drafted_bin: ContextBin | None = None
    """Context size of the replaced draft; None for a first draft."""
    plan: Plan = "graph"
    """How to answer: by vector and word search, by trained attention as well, or by quoting a sentence."""
    max_docs: int = 0
    """Most documents shown in the prompt; 0: as many as fit."""
    tier: str = ""
    """Tier of the model; empty: this device."""


class Block(Record):
    """A context block as shown to the model: a note, or some of its sentences."""

    key: int
    text: str
    score: float
    """Weight that ranked the note, from ``AttentionResult.weights``."""
    tokens: int
    prior: float = 0.0
    """Relative weight of this rank, 0 to 1, from ``prior_weights``; shown as ``score`` in a full head."""
    full: str = ""
    """The same block with its full head, ``[Context block n] (score=..., type=..., tags=...)``."""
    by_model: bool = False
    """Whether a model wrote the note, an answer or a summary; it bears no later answer out."""


class Message(Record):
    """One message of a conversation, with a role as in chat formats."""

    role: Literal["system", "user", "assistant"]
    content: str


class Dropped(Record):
    """Counts of notes and turns left out of a prompt, and of notes shown in part."""

    notes: int = 0
    """Number of retrieved notes left out because they did not fit."""
    cut_notes: int = 0
    turns: int = 0


class Prompt(Record):
    """Token ids of a prompt, and the blocks in the prompt."""

    token_ids: tuple[int, ...]
    blocks: tuple[Block, ...]
    shared_tokens: int = 0
    """Number of leading tokens that all conversations share."""
    dropped: Dropped = Dropped()
    first_block_end: int = 0
    """Number of leading tokens up to the end of the first block; 0: unknown."""
    block_ends: tuple[int, ...] = ()
    """Ends, in tokens, of blocks with separately kept states; empty if the prompt is computed as a whole."""
    turn_ids: tuple[int, ...] = ()
    """Token ids of the user's turn, if it was tokenised in parts."""


class Sampling(Record):
    """Parameters for sampling tokens. ``temperature`` 0 is greedy, and the other values are then ignored."""

    temperature: float = 0.3
    top_p: float = 1.0
    top_k: int = 0
    """Number of likeliest tokens to sample from; 0: all."""
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0


class Token(Record):
    """A generated token. ``text`` may be empty while a multi-byte character is incomplete."""

    id: int
    text: str
    logprob: float
    """Natural logarithm of the token's probability before temperature and truncation."""
    margin: float = 0.0
    """Difference between the two largest log-probabilities at this position, nats."""
    entropy: float = 0.0
    """Entropy of the full distribution at this position, nats."""
    top: tuple[tuple[int, float], ...] = ()
    """Ids and log-probabilities of the likeliest tokens here, best first; empty if not requested."""


class Generation(Record):
    """A finished generation: its tokens, its text and its measurements."""

    text: str
    tokens: tuple[Token, ...]
    finish_reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens whose states came from a cache."""
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    """Time from the call to the first token."""
    rss_bytes: int
    """Resident memory of the worker after the last token."""
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker since its start."""
    no_note_states: str = ""
    """Why no note states were used for the prompt; empty if they were or there were no blocks."""
    scored: bool = True
    """Whether the tokens' probabilities are known; servers on other machines may not report them."""


class Draft(Record):
    """A generation, with its route and prompt."""

    route: Route
    message: Message
    """The user's turn as shown to the model, with context blocks."""
    prompt: Prompt
    generation: Generation
    engine: str
    n_ctx: int = 0
    """Context size of the loaded model, tokens."""
    cached: bool = False
    """Whether the draft was made for an earlier request; its measurements are then zero."""
    verdict: Verdict | None = None
    """Whether the notes support the draft; None before its review, and without notes to judge it by."""
    sent_to: str = ""
    """Server, model and owner of the machine that read the prompt; empty: this device."""


class Assessment(Record):
    """The judgement of a draft: whether to show the draft, and the draft's token probabilities."""

    accept: bool
    """Whether to show the draft; False: a larger model should answer instead."""
    confidence: float
    """Geometric mean of the token probabilities."""
    reason: str


class Timings(Record):
    """Milliseconds spent in each stage, summed over all runs of the stage."""

    total: float = 0.0
    embed: float = 0.0
    retrieval: float = 0.0
    router: float = 0.0
    cache: float = 0.0
    context: float = 0.0
    wait: float = 0.0
    """Time waited for the model while it answered other questions."""
    load: float = 0.0
    llm: float = 0.0
    """Computing the prompt and generating."""
    ttft: float = 0.0
    """From the start of generation to the first token of the shown draft; part of ``llm``."""
    writeback: float = 0.0
    quote: float = 0.0
    """Choosing the sentence of the notes to show at once."""


class TokenCounts(Record):
    """Token counts of a generation, by its model's tokenizer."""

    prompt: int = 0
    cached: int = 0
    """Prompt tokens whose states came from a cache."""
    completion: int = 0


class MemoryUse(Record):
    """Resident memory after a request, of this process (``rss_bytes``) and of the worker."""

    rss_bytes: int = 0
    model_bytes: int = 0


class Answer(Record):
    """The answer to a question, with its sources and measurements."""

    request_id: str
    text: str
    sources: tuple[SourceNote, ...]
    route: Route
    assessment: Assessment
    finish_reason: FinishReason
    timings_ms: Timings
    tokens: TokenCounts
    memory: MemoryUse
    cached: bool = False
    """Whether the answer came from the response cache; ``route.reason`` names the earlier question."""
    model_peak_bytes: int = 0
    """Peak resident memory of the model's worker since its start."""
    dropped: Dropped = Dropped()
    warnings: tuple[str, ...] = ()
    """Messages about anything cut, rebuilt or left out."""
    conversation: str = ""
    """Id of the kept conversation that ends with this answer; empty if it is not kept."""
    verdict: Verdict | None = None
    """Whether the notes support the answer; None for an answer without notes, in JSON, or stopped."""
    quote: Quote | None = None
    """The sentence of the notes shown before the model began; None: none was good enough, or the answer was cached."""
    left_device: bool = False
    """Whether any part of this question was sent to another machine, even without a reply."""

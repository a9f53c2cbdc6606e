"""Immutable values: the rows of the memory, and the values that the stages of a request pass to each other.

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

NodeType = Literal["doc", "memory", "trace", "tool_result", "summary"]
NodeSource = Literal["kb", "user", "agent", "system"]
Dated = Literal["", "stated", "name", "file", "ingest"]
EdgeCreator = Literal["router", "agent", "user"]
Privacy = Literal["local", "any"]
ContextBin = Literal["tiny", "small", "medium", "large"]
BlockHead = Literal["short", "full"]
KvType = Literal["f16", "q8_0"]
FinishReason = Literal["stop", "length", "cancelled"]

CONTEXT_BINS: tuple[ContextBin, ...] = get_args(ContextBin)

Vectors = NDArray[np.float32]
Keys = NDArray[np.uint64]


# Subclasses inherit frozen and kw_only from msgspec at run time; type checkers have to be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all values: frozen, with keyword arguments only."""


class NodeMetadata(Record, omit_defaults=True):
    """Metadata of a node."""

    timestamp: str = ""
    """ISO-8601, UTC; of the document where it names a date, else of the ingest."""
    tags: tuple[str, ...] = ()
    language: str = ""
    domain: str = ""
    version: str = ""
    score: float = 0.0
    names: str = ""
    """What the document is called beside its title: words of its path, stem and folders, found by full-text search."""
    dated: Dated = ""
    """What gives ``timestamp``: the document, its file's name, the file's change, or the ingest; "" for an answer."""


class Node(Record):
    """A chunk of a document, or a text written by a model. Its vector is stored separately, and in the index."""

    key: int
    """Row id in SQLite and key in the index; never reused."""
    id: str
    """UUID, the public identity."""
    text: str
    type: NodeType = "doc"
    source: NodeSource = "kb"
    title: str = ""
    """Title of the document the node was cut from."""
    uri: str = ""
    """Where the document was read: a path, or an address given by the user."""
    position: int = 0
    """Ordinal of the node within its document, from 0."""
    metadata: NodeMetadata = NodeMetadata()


class EdgeMetadata(Record, omit_defaults=True):
    """Origin of an edge: when and by whom it was added, and with what confidence."""

    timestamp: str = ""
    created_by: EdgeCreator = "agent"
    confidence: float = 1.0


class Edge(Record):
    """A directed relation from the node with key ``src`` to the node with key ``dst``."""

    id: str
    src: int
    dst: int
    rel: str
    """``cites``, ``follows``, ``same_topic``, ``agent_step`` or any other name; no name is special to the code."""
    weight: float
    metadata: EdgeMetadata = EdgeMetadata()


class Constraints(Record):
    """Limits that the caller sets for one request."""

    budget_ms: float | None = None
    """Desired wall-clock time of the whole answer; None: any."""
    privacy: Privacy = "local"
    """``local``: no socket is opened for this request."""
    max_tokens: int = 256
    context_bin: ContextBin | None = None
    """The context size to use; None: chosen by the router."""
    temperature: float | None = None
    """Sampling temperature, 0 for greedy; None: chosen by the router."""
    cache: bool = True
    """Whether the response cache may be read and written, if it is configured."""

    def check(self) -> None:
        """Raise ValueError if a number is out of its range.

        The constructor does not check, so that telemetry rows of any version can be read.
        """
        ranges.BUDGET_MS.check("budget_ms", self.budget_ms)
        ranges.TOKENS.check("max_tokens", self.max_tokens)
        ranges.TEMPERATURE.check("temperature", self.temperature)


class SearchParams(Record):
    """Parameters of a search: the numbers of nodes to find and to weigh by attention, and how thoroughly to search."""

    k: int = 64
    """Number of nearest nodes to find."""
    ef_search: int = 64
    """Beam width of the index search, raised to ``k``; a wider beam misses fewer of the nearest nodes."""
    hops: int = 2
    """Number of edges from a hit within which attention weighs nodes; 0 weighs the hits alone."""
    max_nodes: int = 256
    """Largest number of nodes weighed, hits included."""

    def check(self) -> None:
        """Raise ValueError if a number is out of its range."""
        ranges.NEIGHBOURS.check("k", self.k)
        ranges.NEIGHBOURS.check("ef_search", self.ef_search)
        ranges.NEIGHBOURS.check("max_nodes", self.max_nodes)
        ranges.HOPS.check("hops", self.hops)


DEFAULT_SEARCH = SearchParams()
"""The parameters of a request."""


class SearchStats(Record):
    """Statistics of the distances (1 - cosine) of the nodes found; all zero if none was found."""

    k: int = 0
    mean_distance: float = 0.0
    std_distance: float = 0.0
    min_distance: float = 0.0
    max_distance: float = 0.0


class SearchResult(Record):
    """The nearest nodes with their distances, one entry per node in both arrays, nearest first."""

    keys: Keys
    distances: Vectors
    stats: SearchStats


class AttentionResult(Record):
    """Nodes ranked for a question, with the weights that ranked them.

    Weights that an untrained prior gives to these nodes come with them. Trained attention ranks by all that is known of
    a question, its words and titles among them. The prior weighs the same nodes by their vectors and edges alone, and
    measures how certain the retrieval is. Where the prior ranked the nodes, the two are equal.
    """

    keys: Keys
    """Best first."""
    weights: Vectors
    """The weight that ranked each of ``keys``, falling, as sources report it: attention's or fusion's; the sum is 1."""
    prior_weights: Vectors
    """The untrained prior's weights over these nodes, falling, not those of ``keys[i]``; read by routers and heads."""
    entropy: float
    """Shannon entropy of the prior's weights, nats."""
    depth_touched: int
    """Largest number of hops from a hit to a node found."""


class RetrievalResult(Record):
    """Result of the retrieval for a query: the nearest nodes, and the nodes ranked by attention."""

    vector: Vectors
    """Unit vector of the query, ``float32[dim]``."""
    hits: SearchResult
    attended: AttentionResult


class Route(Record):
    """Decision of the router: which model, how much context, and how to sample."""

    model_id: str
    context_bin: ContextBin
    context_tokens: int
    temperature: float
    top_p: float
    escalate: float
    """Predicted probability that the draft will be replaced by one of a larger model."""
    router: str
    """Router that decided: ``rule`` or ``fastgrnn:<weights id>``."""
    reason: str
    predicted_ms: float
    propensity: float = 1.0
    """Probability with which this arm was chosen, for off-policy estimates."""
    escalated_from: str = ""
    """Model whose draft this route replaces; empty for a first draft."""


class Block(Record):
    """A context block as shown to the model: a note, or some of its sentences."""

    key: int
    text: str
    score: float
    """Weight that ranked the note, of ``AttentionResult.weights``."""
    tokens: int
    prior: float = 0.0
    """The prior's weight at this rank relative to the first rank's, 0 to 1: the ``score`` in a full head."""
    full: str = ""
    """The same block under its full head, ``[Context block n] (score=..., type=..., tags=...)``."""


class Message(Record):
    """One message of a conversation, with a role as in chat formats."""

    role: Literal["system", "user", "assistant"]
    content: str


class Dropped(Record):
    """Counts of the notes and earlier turns left out of the prompt, and of the notes shown in part."""

    notes: int = 0
    """Retrieved notes that did not fit the context size, without those that were cut."""
    cut_notes: int = 0
    turns: int = 0


class Prompt(Record):
    """Token ids for the engine, and the blocks they were made from."""

    token_ids: tuple[int, ...]
    blocks: tuple[Block, ...]
    shared_tokens: int = 0
    """Number of leading tokens that all conversations share."""
    dropped: Dropped = Dropped()
    first_block_end: int = 0
    """Number of leading tokens up to the end of the first block; 0: it is not known."""
    block_ends: tuple[int, ...] = ()
    """Ends of the blocks whose states are kept by themselves, in tokens; empty: the prompt is computed as a whole."""
    turn_ids: tuple[int, ...] = ()
    """Token ids of the user's turn, if it was tokenised in parts: not those of its text."""


class Sampling(Record):
    """Parameters for drawing tokens. ``temperature`` 0 is greedy, and the other values are then ignored."""

    temperature: float = 0.3
    top_p: float = 1.0
    top_k: int = 0
    """Number of likeliest tokens to draw from; 0: all."""
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
    """Entropy of the model's whole distribution at this position, nats."""


class Generation(Record):
    """The tokens and text of a finished generation, with its measurements."""

    text: str
    tokens: tuple[Token, ...]
    finish_reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens whose cached state was used instead of computing them."""
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    """Time from the call to the first token."""
    rss_bytes: int
    """Resident memory of the worker after the last token."""
    peak_rss_bytes: int = 0
    """Peak resident memory of the worker since its start."""
    no_note_states: str = ""
    """Why the prompt's blocks were computed as all other tokens; empty: they were not, or there were none."""


class Draft(Record):
    """A generation with the route and the prompt it was made from."""

    route: Route
    message: Message
    """The user's turn as shown to the model, context blocks included."""
    prompt: Prompt
    generation: Generation
    engine: str
    n_ctx: int = 0
    """Context size of the loaded model, tokens."""
    cached: bool = False
    """Whether it was made for an earlier request; its measurements are then zero."""


class Assessment(Record):
    """Judgement of a draft: whether to show it, and how probable its tokens were."""

    accept: bool
    """Whether the draft is shown; False if a larger model should answer instead."""
    confidence: float
    """Geometric mean of the token probabilities, the exponential of the mean log-probability."""
    reason: str


class SourceNote(Record):
    """A note that an answer was made from, or that a search returned."""

    key: int
    node_id: str
    title: str
    uri: str
    position: int
    score: float
    """Weight that ranked the note, of ``AttentionResult.weights``."""
    text: str
    block: str = ""
    """The block shown to the model, or all of the note for a kept answer, under a full head; empty after a search."""


class Timings(Record):
    """Milliseconds spent in each stage, summed over its runs."""

    total: float = 0.0
    embed: float = 0.0
    retrieval: float = 0.0
    router: float = 0.0
    cache: float = 0.0
    context: float = 0.0
    wait: float = 0.0
    """Waiting while the model answered other questions."""
    load: float = 0.0
    llm: float = 0.0
    """Computing the prompt and generating."""
    ttft: float = 0.0
    """From the start of generation to the first token of the draft that was shown; part of ``llm``."""
    writeback: float = 0.0


class TokenCounts(Record):
    """Token counts of a generation, by its model's tokenizer."""

    prompt: int = 0
    cached: int = 0
    """Prompt tokens that were not computed again."""
    completion: int = 0


class MemoryUse(Record):
    """Resident memory after a request, of this process (``rss_bytes``) and of the model's worker process."""

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
    """Whether it came from the response cache, without a model; ``route.reason`` names the earlier question."""
    model_peak_bytes: int = 0
    """Peak resident memory of the model's worker since its start."""
    dropped: Dropped = Dropped()
    warnings: tuple[str, ...] = ()
    """Texts about anything that was cut, rebuilt or left out."""

"""The frozen values that travel between the verbs of one request, and the rows of the memory.

Every stage takes and returns these; none of them holds a connection, a file or a lock. They are msgspec structs, so
``msgspec.json.encode`` writes any of them (arrays of vectors stay outside, in numpy).

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
EdgeCreator = Literal["router", "agent", "user"]
Privacy = Literal["local", "any"]
ContextBin = Literal["small", "medium", "large"]
KvType = Literal["f16", "q8_0"]
FinishReason = Literal["stop", "length", "cancelled"]

CONTEXT_BINS: tuple[ContextBin, ...] = get_args(ContextBin)

Vectors = NDArray[np.float32]
Keys = NDArray[np.uint64]


# Subclasses inherit frozen and kw_only from msgspec at run time; type checkers have to be told.
@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of every value below: frozen, keywords only."""


# --- the memory's rows (mission, sections 2.1 and 2.2) -----------------------------------------------------------


class NodeMetadata(Record, omit_defaults=True):
    """What is known of a node besides its text."""

    timestamp: str = ""
    """ISO-8601, UTC."""
    tags: tuple[str, ...] = ()
    language: str = ""
    domain: str = ""
    version: str = ""
    score: float = 0.0


class Node(Record):
    """One piece of remembered text. Its vector lives in a table of its own and in the index."""

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
    """Where that document was read: a path, or an address given by the user."""
    position: int = 0
    """Ordinal of the node within its document."""
    metadata: NodeMetadata = NodeMetadata()


class EdgeMetadata(Record, omit_defaults=True):
    """Who drew an edge, when, and how sure they were."""

    timestamp: str = ""
    created_by: EdgeCreator = "agent"
    confidence: float = 1.0


class Edge(Record):
    """A directed relation between two nodes, by their keys."""

    id: str
    src: int
    dst: int
    rel: str
    """``cites``, ``follows``, ``same_topic``, ``agent_step`` or any other name: kinds are data, not code."""
    weight: float
    metadata: EdgeMetadata = EdgeMetadata()


# --- one request ---------------------------------------------------------------------------------------------------


class Constraints(Record):
    """What the caller allows one request to cost."""

    budget_ms: float | None = None
    """Wall-clock wish for the whole answer; None: no wish."""
    privacy: Privacy = "local"
    """``local``: no socket is opened for this request."""
    max_tokens: int = 256
    """Upper bound of generated tokens."""
    context_bin: ContextBin | None = None
    """Only this context size; None: the router chooses."""
    temperature: float | None = None
    """None: the router chooses; 0 is greedy."""
    cache: bool = True
    """False: no kept answer is taken and none is kept; True: as the configuration says."""

    def check(self) -> None:
        """Raise ValueError for a number out of its range; not when made, so that every row of the log can be read."""
        ranges.BUDGET_MS.check("budget_ms", self.budget_ms)
        ranges.TOKENS.check("max_tokens", self.max_tokens)
        ranges.TEMPERATURE.check("temperature", self.temperature)


class SearchParams(Record):
    """How many nodes a search finds and attention weighs, and with how much work."""

    k: int = 64
    """Number of nearest nodes to find."""
    ef_search: int = 64
    """Beam width of the index search, raised to ``k``; a wider beam misses fewer of the nearest nodes."""
    hops: int = 2
    """Number of edges from a hit within which attention weighs nodes; 0 weighs the hits alone."""
    max_nodes: int = 256
    """Largest number of nodes weighed, hits included."""

    def check(self) -> None:
        """Raise ValueError for a number out of its range."""
        ranges.NEIGHBOURS.check("k", self.k)
        ranges.NEIGHBOURS.check("ef_search", self.ef_search)
        ranges.NEIGHBOURS.check("max_nodes", self.max_nodes)
        ranges.HOPS.check("hops", self.hops)


DEFAULT_SEARCH = SearchParams()
"""The parameters of a request."""


class SearchStats(Record):
    """Distances of the hits: 1 - cosine for a cosine memory. All zero when nothing was found."""

    k: int = 0
    mean_distance: float = 0.0
    std_distance: float = 0.0
    min_distance: float = 0.0
    max_distance: float = 0.0


class SearchResult(Record):
    """The k nearest nodes, nearest first."""

    keys: Keys
    distances: Vectors
    stats: SearchStats


class AttentionResult(Record):
    """Attention over the hits' neighbourhood, heaviest first; the weights sum to 1 (or are empty)."""

    keys: Keys
    weights: Vectors
    entropy: float
    """Shannon entropy of the weights, nats."""
    depth_touched: int
    """Hops from the hits at which the last node was found."""


class RetrievalResult(Record):
    """What the memory gave for a query."""

    vector: Vectors
    """The query's, ``float32[dim]``, unit length."""
    hits: SearchResult
    attended: AttentionResult


class Route(Record):
    """What the router decided, and by which router."""

    model_id: str
    context_bin: ContextBin
    context_tokens: int
    temperature: float
    top_p: float
    escalate: float
    """Probability, before generation, that the draft will have to go to a larger model."""
    router: str
    """``rule`` or ``fastgrnn:<weights id>``; printed wherever a route is."""
    reason: str
    """One line for a person."""
    predicted_ms: float
    propensity: float = 1.0
    """Probability with which this arm was chosen, for off-policy estimates."""
    escalated_from: str = ""
    """Model whose draft was not accepted, when this route is the second try."""


class Block(Record):
    """One context block as shown to the model."""

    key: int
    text: str
    score: float
    tokens: int


class Message(Record):
    """One turn, in the roles chat formats know."""

    role: Literal["system", "user", "assistant"]
    content: str


class Dropped(Record):
    """What was left out of the prompt, counted; ``Answer.warnings`` says it in words."""

    notes: int = 0
    """Notes found that did not fit the context size; one that was cut is not counted."""
    cut_notes: int = 0
    """Notes of which the model was shown the beginning only."""
    turns: int = 0
    """Earlier turns of the conversation."""


class Prompt(Record):
    """What the engine is given: token ids, and the blocks they were made from."""

    token_ids: tuple[int, ...]
    blocks: tuple[Block, ...]
    shared_tokens: int = 0
    """Leading tokens that other conversations begin with too."""
    dropped: Dropped = Dropped()


class Sampling(Record):
    """How to draw tokens. ``temperature`` 0 is greedy; the other values then do not matter."""

    temperature: float = 0.3
    top_p: float = 1.0
    top_k: int = 0
    """0: not used."""
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    seed: int = 0


class Token(Record):
    """One generated token. ``text`` may be empty while a multi-byte character is unfinished."""

    id: int
    text: str
    logprob: float
    """Natural log of the probability the model itself gave this token, before temperature and truncation."""
    margin: float = 0.0
    """Logprob of the model's likeliest token here minus that of the next, nats."""
    entropy: float = 0.0
    """Of the model's whole distribution here, nats."""


class Generation(Record):
    """A finished generation and its measurements."""

    text: str
    tokens: tuple[Token, ...]
    finish_reason: FinishReason
    prompt_tokens: int
    cached_tokens: int
    """Prompt tokens whose state was kept and that were not computed again."""
    prefill_ms: float
    decode_ms: float
    ttft_ms: float
    """From the call to the first token."""
    rss_bytes: int
    """Resident memory of the worker after the last token."""
    peak_rss_bytes: int = 0
    """The most the worker has held since it began."""


class Draft(Record):
    """One generation, with the route and the prompt it came from."""

    route: Route
    message: Message
    """The user turn as the model was shown it."""
    prompt: Prompt
    generation: Generation
    engine: str
    n_ctx: int = 0
    """Of the loaded model."""
    cached: bool = False
    """It was made for an earlier request; its measurements are zero."""


class Assessment(Record):
    """Whether a draft is good enough to show."""

    accept: bool
    confidence: float
    """Mean token probability of the draft, exp of its mean logprob."""
    reason: str


class SourceNote(Record):
    """One note an answer was made from."""

    key: int
    node_id: str
    title: str
    uri: str
    position: int
    score: float
    text: str


class Timings(Record):
    """Where the milliseconds went."""

    total: float = 0.0
    embed: float = 0.0
    retrieval: float = 0.0
    router: float = 0.0
    cache: float = 0.0
    """Looking for a kept answer, and keeping one."""
    context: float = 0.0
    wait: float = 0.0
    """For the model's turn, while it answered others."""
    load: float = 0.0
    """Loading the model, when it was not resident."""
    llm: float = 0.0
    ttft: float = 0.0
    writeback: float = 0.0


class TokenCounts(Record):
    """Tokens of the generating model."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


class MemoryUse(Record):
    """Bytes in use after the request."""

    rss_bytes: int = 0
    """This process."""
    model_bytes: int = 0
    """The worker that holds the model."""


class Answer(Record):
    """What ``ask`` returns."""

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
    """It was made for an earlier request: no model was asked, ``route.reason`` says for which."""
    model_peak_bytes: int = 0
    """The most the worker of the model has held since it began."""
    dropped: Dropped = Dropped()
    warnings: tuple[str, ...] = ()
    """Anything that was cut, rebuilt or left out on the way, in words."""

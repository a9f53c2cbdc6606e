"""The feature table for graph attention: one row of numbers per candidate.

The weights that ship were trained on exactly this table. A changed order, meaning or unit requires a new
:data:`FEATURES_VERSION`; weights of another version are refused. Every value lies between -2 and 2. Hits are the best
nodes of different documents before any edge is looked at, bridges the best others once the hits' names are known.

A feature that relates a node to an anchor (a hit or a bridge) is divided by its largest value among the candidates,
because the value of the best tie varies with the kind of questions and texts, while its being the best does not. What
is called a standard score is the distance from the candidates' mean in units of their standard deviation, a quarter of
it, so that how far a node stands out means the same in a small memory and in a large one.

======================  ==============================================================================================
``cosine``              cosine with the question
``cosine_below_best``   ``cosine`` minus the highest among the candidates
``near``                10 / (10 + rank by cosine), ranks from 0
``words``               share of the question's idf in the words of the node
``words_below_best``    ``words`` minus the highest
``words_rank``          10 / (10 + rank by words)
``named``               weight of the question's mention of the document's title; on its first node only
``cited``               weight of that mention times that of the edge, on nodes that a named document cites
``cosine_standard``     standard score of ``cosine``
``words_standard``      standard score of ``words``
``rank_first``          personalised PageRank over the candidates' edges, from the first scores, of the largest
``rank_first_log``      its logarithm, a sixth of it
``rank_second``         the same from the second scores
``rank_second_log``
per path:               see below
``pair`` …              a quarter of the distance from the best node
``pair_rank`` …         10 / (10 + rank)
per anchor:
``is``                  1 for the anchor itself
``same_document``       1 for other nodes of its document
per anchor, relative:   to the largest value among the candidates
``like``                cosine with the anchor; 0 for the anchor itself
``beyond``              product with the part of the question's vector orthogonal to the anchor's
``words_left``          share of the question's idf in words that the node has and the anchor lacks
``name``                informativeness ln(N/n) / ln N of the rarest name shared with the anchor
``names``               sum over all shared names, at most 3
``name_in_title``       ``name`` of the names that open the node's title
``name_words``          ``name`` times ``words_left``
``title_words``         ``name_in_title`` times ``words_left``
``name_beyond``         ``name`` times ``beyond``, where that is above 0
``beyond_standard``     standard score of ``beyond``, likewise ``words_left_standard``
======================  ==============================================================================================

Type and age of a node have no column: they are constant within every public training set.

A path scores a candidate as the end of a chain: a first note, one tied to it, and one tied to that. A question of
several steps is answered by notes that cover its words together and hold each other's names. So a node x counts by the
best anchor a before it::

    pair(x) = max over a of   s(a) + C · cover(a, x) + T · tie(a, x)
    path(x) = max over b of   pair(b) + C · cover(a(b), b, x) + T · tie(b, x)         a(b): the anchor of b's best pair

s is the first score as a distance from the best, cover the share of the question's idf in the words that any of the
nodes has, tie what a shared name is worth, more where it opens the title of x. A pair that looks beyond its anchor
takes the part of the question's vector orthogonal to the anchor as well; a tied one counts only with a shared name.

The table is computed by ``rust_core/src/features`` within a search, see ``rust_core/src/candidates``.
"""

from __future__ import annotations

PATHS = ("pair", "tied", "beyond", "tied_beyond", "path")
FEATURES_VERSION = 3
HITS = 2
BRIDGES = 2
"""Number of hits, and of bridges, with columns of their own."""
_PER_ANCHOR = (
    "is",
    "same_document",
    "like",
    "beyond",
    "words_left",
    "name",
    "names",
    "name_in_title",
    "name_words",
    "title_words",
    "name_beyond",
    "beyond_standard",
    "words_left_standard",
)
_OF_NODE = (
    "cosine",
    "cosine_below_best",
    "near",
    "words",
    "words_below_best",
    "words_rank",
    "named",
    "cited",
    "cosine_standard",
    "words_standard",
    "rank_first",
    "rank_first_log",
    "rank_second",
    "rank_second_log",
    *PATHS,
    *(f"{path}_rank" for path in PATHS),
)
_ANCHORS = (*(f"hit_{number}" for number in range(HITS)), *(f"bridge_{number}" for number in range(BRIDGES)))
FEATURES = (*_OF_NODE, *(f"{feature}_{anchor}" for anchor in _ANCHORS for feature in _PER_ANCHOR))

"""What is remembered: SQLite is the truth, the Rust index beside it a cache.

=================  ===================================================================================
``memory.py``      both as one: open, ingest, add, search, attend, write back
``store.py``       the SQLite file: reads, transactions, checks (``database.py`` connection and failures,
                   ``schema.py`` tables, ``schema_check.py`` these and no others, ``identity.py`` what made the
                   vectors, ``writer.py`` writes)
``selection.py``   filters as keys that a search may find
``sync.py``        the index, and how it follows the store (``changes.py`` rows as arrays)
``finding.py``     a question's words, titles and names beside its vector (``postings.py`` words, ``terms.py``
                   those too common, ``titles.py`` and ``mentioned.py`` titles, ``names.py`` names in passages),
                   each node found with its ``features.py``
``hybrid.py``      all of it in one order: by trained attention (``trained.py``), or by fused ranks
``training/``      the attention trained: network and gradient, loss, optimiser, file
``ingest.py``      files to documents to nodes (``walk.py`` folders, ``load.py`` files with ``html.py``,
                   ``pdf.py``, ``text.py`` and ``metadata.py``, ``chunk.py`` cutting, ``embedder.py`` embedding)
``link.py``        edges drawn at ingest (``mentions.py`` titles found in texts)
``degree.py``      how many edges a node may have (``pruning.py`` weak and old ones dropped)
``tidy.py``        edges by what answers used, what was said twice (``merge.py``, ``near.py``); ``clusters.py``
                   groups to be summarised
``repair.py``      a damaged memory mended (``verification.py`` what is wrong, ``cells.py`` what a cell may hold,
                   ``salvage.py`` rows read out of a damaged file, ``origin.py`` what made their vectors);
                   ``blame.py`` errors that damage explains
``compaction.py``  the files made as small as what they hold
=================  ===================================================================================
"""

from ..embedding.contract import Embedder
from .index import Attention
from .ingest.report import IngestProgress, IngestReport
from .memory import Memory, Note
from .store.store import Store, StoreStats

__all__ = ["Attention", "Embedder", "IngestProgress", "IngestReport", "Memory", "Note", "Store", "StoreStats"]

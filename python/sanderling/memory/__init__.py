"""The memory: documents, nodes and edges in a SQLite file, with a Rust index built from it.

The index can be rebuilt from the file at any time.

::

    files ─► read ─► ingest ─► link ─► store ─► index
                                         ▲        │
                              upkeep ────┘        ▼
                              question ─► retrieve (notes in order, with weights)

=============  ====================================================================================================
``memory.py``  store and index as one: open, ingest, add, search, retrieve, write back
``note.py``    a note to write back
``index.py``   the Rust index, and how it follows the store
``store/``     the SQLite file: reads, transactions, checks; the only SQL of the memory
``files/``     what of a folder is read, and under which address
``read/``      a reader for each kind of file
``ingest/``    documents cut, embedded and stored; a folder watched
``link/``      edges drawn at ingest: next chunk, citation, same topic, shared name
``retrieve/``  candidates by vector, words, titles and names, and their order; the trained attention and its training
``exchange/``  notes given one by one, and whole memories as JSON lines
``upkeep/``    tidying, merging, pruning, compaction, verification and repair of a memory
=============  ====================================================================================================

Imports point one way: ``read`` uses ``files``, and neither knows the memory; the other folders use ``store`` and
``index``, ``ingest`` and ``upkeep`` use ``link``, and ``memory.py`` uses them all.
"""

from ..embedding.contract import Embedder
from .exchange.report import Imported
from .index import Attention
from .ingest.report import IngestProgress, IngestReport
from .memory import Memory
from .note import Note
from .store.store import Store, StoreStats

__all__ = [
    "Attention",
    "Embedder",
    "Imported",
    "IngestProgress",
    "IngestReport",
    "Memory",
    "Note",
    "Store",
    "StoreStats",
]

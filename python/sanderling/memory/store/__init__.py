"""The memory file, an SQLite database, and all SQL of the package ``memory``.

::

    Store.open ─► file_format (schema_check) ─► Store ─┬─ read()  ─► rows, documents, nodes, edges, entities, filters
                                                       └─ write() ─► Writer ─► degree, erasure ─► commit
                                                                        │ triggers
                                          index ◄─ changes ◄─ change log ◄─┘

=====================  ===============================================================================================
``store.py``           one open memory: transactions, generations, reads, full-text search, counts
``writer.py``          writes of one transaction
``database.py``        the connection: settings, locking, transactions, errors with a remedy
``schema.py``          tables and triggers (``schema_check.py``: exactly these; ``file_format.py``: create, upgrade)
``identity.py``        embedder and dimension of the vectors
``rows.py``            nodes, edges and documents as records
``documents.py``       documents by name, address and link
``nodes.py``           texts and vectors of nodes
``notes.py``           notes counted and listed by tag, folder, words and filter
``languages.py``       languages of the notes
``edges.py``           edges at nodes, by relation
``entities.py``        nodes that share a name in their texts
``filters.py``         filters as sets of keys that a search may find
``common_terms.py``    words too common to be looked up
``changes.py``         changes since a generation, as arrays for the index
``degree.py``          at most 64 edges at a node
``erasure.py``         words of deleted nodes erased from the disk
``integrity.py``       what must hold between the tables (``full_text.py``: between the index of words and the texts)
``cells.py``           valid contents of each column, and replacements for damaged cells
``postings.py``        row keys of the nodes that have a word or a phrase
``titles.py``          titles and aliases of documents
``citations.py``       first nodes of documents, and the nodes they cite
``summaries.py``       edges of one topic, and the nodes that summaries cite
``usage.py``           accepted answers, and the edges at used and unused notes (``meta.py``: when last counted)
``weak_edges.py``      weak and old edges, for pruning
``loose_nodes.py``     nodes without a document, and the merging of two
``vacuum.py``          statements that make the file smaller
``change_log.py``      soundness of the change log, and a new start for a lost one
``dangling.py``        rows that point at missing rows, and flawed edges and vectors
``salvaged_rows.py``   readable rows of a damaged file (``restored_rows.py``: written into a new one)
=====================  ===============================================================================================
"""

"""Embedding: turns questions and the texts of nodes into unit vectors.

::

    titles and texts ─► embed_documents ─┐
                                         ├─► Embedder (OnnxEmbedder) ─► float32[n, dim]
    question ─► embed_queries ───────────┘

===============  ==================================================================================
``contract.py``  the interface of an embedder, and how the nodes of documents are embedded
``encoder.py``   the record of an installed sentence encoder
``onnx.py``      a sentence encoder on ONNX Runtime (``models.embedder`` opens an installed one)
``pooling.py``   one vector of the states of a text's tokens, and vectors cut to a shorter length
``kept_graph``   its graph as ONNX Runtime optimises it, kept on disk
===============  ==================================================================================
"""

"""Train attention weights on questions with known answers.

===============  =================================================================================================
``network.py``   the equations of ``rust_core/src/attention`` over many subgraphs at once, and their gradient
``loss.py``      the listwise loss over documents
``fit.py``       examples, AdamW, early stopping
``subgraph.py``  the edges among the candidates of a question
``export.py``    the file that the Rust core reads, written and read back
===============  =================================================================================================

Vectors enter only as cosines among the features: κ = 0 and no projection W. The weights then hold nothing of one
embedder's directions, take 13 KB, and read no vector twice. One and a half thousand questions are few
to learn 384 directions from; low-rank projections, which the format and the core support, were not tried on them.
"""

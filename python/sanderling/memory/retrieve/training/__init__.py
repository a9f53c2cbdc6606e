"""Train attention weights on questions for which the right notes are known.

==============  ==================================================================================================
``network.py``  the equations of ``rust_core/src/attention`` over many subgraphs at once, and their gradient
``loss.py``     the listwise loss over documents
``fit.py``      examples, AdamW, early stopping
``export.py``   the file that the Rust core reads
==============  ==================================================================================================

Vectors enter only as cosines among the features: κ = 0 and no projection W. The weights then hold nothing of one
embedder's directions, take 2 KB instead of 100, and read no vector twice. One and a half thousand questions are few to
learn 384 directions from; low-rank projections, which the format and the core support, were not tried on them.
"""

"""Attention weights learned from questions whose passages are known.

| file | holds |
|---|---|
| ``network.py`` | the equations of ``rust_core/src/attention`` over many subgraphs at once, and their gradient |
| ``loss.py`` | what is made smaller: listwise, over documents |
| ``fit.py`` | examples, AdamW, when to stop |
| ``export.py`` | the file that the Rust core reads |

The vectors enter as their cosines among the features, κ = 0 and no projection W: so the weights say nothing of one
embedder's directions, are 2 KB instead of 100, and read no vector twice. One and a half thousand questions are few to
learn 384 directions from; low-rank projections, which the format and the core have, were not tried on them.
"""

"""Model files: which there are, where they come from, whether they fit.

=============  ========================================================================================
models.toml    the data: ladders, sizes, sampling, licences, sources and hashes
entries.py     what a key of it means
registry.py    look up a model, a ladder, or what is installed; a GGUF by path
pull.py        bring files here, verify, remove; ``hub.py``, ``wheels.py`` fetch, ``part.py`` is the unfinished file
manifest.py    what was pulled, beside the files
gguf.py        header of a GGUF file
synth/         LFM2 files with random weights in the true shapes, for speed and memory
need.py        memory a model takes, from its header; ``repack.py``: what the processor holds twice
fit.py         need against the RAM that ``device`` says is free
survey.py      every model against this device; headers from ``known_header.py`` or ``remote.py``
pick_quant.py  which quantization suits a device
plan.py        how a device should load a model, and why
shelf.py       the installed models of a ladder, ready to be chosen from
=============  ========================================================================================
"""

"""Model files: which there are, where they come from, whether they fit.

=============  ========================================================================================
models.toml    the data: ladders, sizes, sampling, licences, sources and hashes
entries.py     what a key of it means
registry.py    look up a model, a ladder, or what is installed; a GGUF by path
pull.py        bring files here, verify, remove; ``hub.py``, ``wheels.py`` fetch, ``part.py`` is the unfinished file
manifest.py    what was pulled, beside the files
gguf.py        header of a GGUF file
synth/         LFM2 files with random weights in the true shapes, for speed and memory
fit.py         need against the RAM that ``device`` says is free
=============  ========================================================================================
"""

"""Model files: which are known, how to download them, and how to load them.

Their memory needs too.

::

    models.toml ─► entries ─► registry ─► download.pull ─► files and manifest
                                 │
                                 ▼ installed models
    header (gguf) ─► footprint ─► fit ─► pick_quant ─► plan ─► inventory ─► candidates for the router

===================  ==================================================================================
``models.toml``      the known models: ladders, sizes, sampling, licences, sources and hashes
``entries.py``       types of the entries in ``models.toml``
``registry.py``      models by id, ladder or path, and the installed ones
``manifest.py``      records of pulled files, beside the files
``configured.py``    the configuration with its model names checked
``download/``        downloads of model files, and of headers alone
``user_models.py``   the user's own models (``toml_text.py``: entries written as TOML)
``add.py``           a model added that is not known (``propose.py``: its entry; ``about.py``: what its file says)
``chat/``            chat formats out of the templates in files
``gguf.py``          header of a GGUF file (``gguf_reader.py``: its primitive values; ``other_files.py``: what is none)
``header_cache.py``  headers kept on disk from one process to the next
``known_header.py``  header of a model without a download
``footprint.py``     memory a model takes (``repack.py``: weights the processor holds twice)
``fit.py``           comparison of a footprint with the free RAM
``pick_quant.py``    choice of a quantization for a device (``quant_cost.py``: relative cost of each format)
``speeds.py``        speed of a model, measured or predicted
``engine_isa.py``    instruction sets that an engine's build uses
``better_quant.py``  formats that would be quicker than a file's
``requantize.py``    another quantization made of an installed one
``plan.py``          parameters to load a model with, each with its reason
``inventory.py``     the installed models of a ladder (``candidate.py``: one as the router weighs it;
                     ``reuse_verdict.py``: the files with which states of notes may be used)
``reserved.py``      a model reserved and loaded for one request
``survey.py``        every known model compared with this device
``explain.py``       quantization and plan of every model of a ladder
``embedder.py``      the installed embedder by its name
``languages.py``     languages that an embedder was trained for
``synth/``           files of the LFM family with random weights in the true shapes, to measure speed and memory
===================  ==================================================================================
"""

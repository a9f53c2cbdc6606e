"""LFM2 files with random weights and the exact shapes of the real ones, for speed and memory where those cannot be had.

Everything that llama.cpp's speed and memory depend on is that of the published file: shapes, types tensor by tensor,
the size of the vocabulary. The text it generates means nothing, so ``general.name`` says ``synthetic weights``, and
whatever reads or reports on such a file repeats it.

=============  ========================================================================================
shapes.py      the four sizes: layers, widths, the tensors of each
mix.py         the type each tensor has in a quantization, as llama.cpp's own quantizer mixes them
blocks.py      random blocks of each type
vocabulary.py  65,536 tokens and the merges that make them
layout.py      keys and tensor table of the header, as bytes
write.py       the file, tensor by tensor
=============  ========================================================================================
"""

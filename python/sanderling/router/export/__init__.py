"""Export trained router weights as ONNX or TFLite models for other runtimes.

Both models take ``features`` [n, inputs] and ``hidden`` [n, hidden] (zeros at the first step) and return
``next_hidden``, ``model_logits``, ``context_logits``, ``plan_logits``, ``temperature``, ``top_p`` and ``escalate``,
equal to one :func:`sanderling.router.fastgrnn.step`. The model's metadata holds the version of the feature table and
the card.

================  =======================================================================
file              responsibility
================  =======================================================================
``heads``         names and weight rows of the heads, shared by both formats
``onnx_model``    the ONNX model, built with the ``onnx`` package
``tflite_model``  the TFLite model, built with the flatbuffer classes of ``ai-edge-litert``
================  =======================================================================
"""

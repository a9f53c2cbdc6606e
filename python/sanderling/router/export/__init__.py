"""The trained router for other runtimes: weights in, an ONNX or a TFLite model out.

Both models take ``features`` [n, inputs] and ``hidden`` [n, hidden] (zeros at the first step) and give ``next_hidden``,
``model_logits``, ``context_logits``, ``temperature``, ``top_p`` and ``escalate``, as one step of
:func:`sanderling.router.fastgrnn.step` does. Names, feature table and card travel in the model's metadata.

| module | holds |
|---|---|
| ``heads`` | the heads by name, shared by both |
| ``onnx_model`` | ONNX, by the ``onnx`` package |
| ``tflite_model`` | TFLite, by the flatbuffer classes that ``ai-edge-litert`` generates from its schema |
"""

"""Who decides: the rule (the default) and the FastGRNN, behind one contract.

Masks (RAM, budget) are applied in ``candidates`` before any router looks, and are never learned.

| module | holds |
|---|---|
| ``contract`` | what a router takes and returns |
| ``candidates`` | what could answer, what it would cost, and the masks |
| ``rule`` | the documented default |
| ``learned`` | FastGRNN with a weights file |
| ``fastgrnn`` | the numpy twin of the Rust cell, and the weights file's writer |
| ``training`` | the FastGRNN's training, on the device |
| ``export`` | its weights as ONNX and TFLite models |
"""

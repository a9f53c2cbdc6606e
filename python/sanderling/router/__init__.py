"""Who decides: the rule and the FastGRNN, behind one contract; and what the FastGRNN learns from.

Masks (RAM, privacy, budget, risk) are applied in ``candidates`` and ``guard`` before any router looks, and are never
learned.

| module | holds |
|---|---|
| ``contract`` | what a router takes and returns |
| ``candidates`` | what could answer, what it would cost, and the masks |
| ``guard`` | which questions always get the largest model that is left |
| ``rule`` | the documented default, until a router that beats it is installed |
| ``learned`` | FastGRNN with a weights file; the rule where it is unsure |
| ``explain`` | why a question goes where it goes |
| ``explore`` | now and then another choice, with its propensity |
| ``installed`` | the router that was trained here, and the one before it; where the one that ships lies |
| ``fastgrnn`` | the numpy twin of the Rust cell, and the weights file's writer |
| ``training`` | the FastGRNN's training, on the device |
| ``export`` | its weights as ONNX and TFLite models |

From answers to labels::

    rows ─► table ─┐
                   ├─► labels ─► arrays
    settings ──────┘

| module | holds |
|---|---|
| ``rows`` | the file that ``sanderling router collect`` writes |
| ``table`` | the same as arrays over question, model and context |
| ``settings`` | devices, budgets, and what time and work are worth |
| ``labels`` | features, utilities and labels of one setting |
| ``arrays`` | of many settings, as training takes them |
"""

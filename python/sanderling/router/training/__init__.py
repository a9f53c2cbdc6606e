"""The FastGRNN's training, in numpy, on the device: examples in, a weights file out.

```text
Examples ─► split by question ─► batches, clear ones first ─► two steps forward, loss, backward ─► AdamW
                │                                                                                    │
                └─► held-out part: early stop, calibration, int8 ◄──────── best weights ◄────────────┘
```

| module | holds |
|---|---|
| ``examples`` | the arrays a router is trained on, and their split by question |
| ``expected`` | how good an answer could be expected to be, in the place of how good it was |
| ``cell`` | parameters, the cell's forward and its hand-written backward over the steps, in batches |
| ``loss`` | cross-entropy, smooth L1, expected utility, and their gradients at the heads |
| ``adamw`` | the optimiser |
| ``curriculum`` | which rows an epoch sees, clear ones first |
| ``descend`` | the loop over epochs, and when it stops |
| ``settings`` | every choice of a training |
| ``calibrate`` | temperature scaling and the calibration error |
| ``measure`` | how well outputs choose on examples |
| ``weights`` | between parameters and the weights of a file |
| ``card`` | what the weights file says of itself |
| ``train`` | one training, and what came out of it |
| ``sweep`` | hidden sizes and seeds side by side |
| ``logged`` | rated telemetry rows as arrays |
| ``reward`` | how good the choices would be that were not made |
| ``offpolicy`` | what a policy would be worth, from what another one logged |
| ``decisions`` | what the rule and given weights choose, many rows at once |
| ``judge`` | whether a new router is better than the present one |
| ``online`` | from log and collection to a router and its judgement |

Routing runs in Rust; ``sanderling.router.fastgrnn`` is the twin that files and tests hold on to.
"""

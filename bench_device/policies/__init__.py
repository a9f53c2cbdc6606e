"""Ways of choosing a model and a context, and what each would have cost and answered: FastGRNN beside its baselines.

```text
Board (every answer to every question, known) ─► policy.choose ─► Chosen ─► metrics against always-big and the oracle
```

A policy sees features and masks, and of the answers only the draft that it asked for. All are judged on the same
questions, so differences are paired.

| module | holds |
|---|---|
| ``run`` | the way through: rows read, policies judged, weights written |
| ``board`` | the arrays that policies are judged on, and what a choice costs there |
| ``from_rows`` | a collection of answers as a board |
| ``fixed`` | always one choice, the product's rule, random at equal share, the oracle |
| ``nearest`` | k nearest neighbours over utilities |
| ``logistic`` | multinomial logistic regression |
| ``cascade`` | small first, larger when the draft's own confidence is low |
| ``network`` | FastGRNN with one step and with two |
| ``metrics`` | regret, latency, agreement with the oracle; and by scenario |
| ``curve`` | APGR and CPT: quality over the share of calls of the strong model |
| ``preference`` | the ranking of questions that a curve needs |
| ``resample`` | intervals, by drawing questions |
| ``evaluate`` | all policies on one board, with paired intervals |
| ``naive`` | the routed system beside one without any of this |
| ``shipping`` | the weights that ship, and the note beside them |
| ``tables``, ``plot`` | Markdown and a picture for a person |
"""

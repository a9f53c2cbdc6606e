"""Labels for the router: every question answered by every model with every context, and what became of it.

| module | holds |
|---|---|
| ``sets`` | which questions, in which order, and the memory each is asked of |
| ``trying`` | one question, one model, its contexts: prompts, answers, scores |
| ``collect`` | the loop: resumable, question after question, one line per answer |
| ``directions`` | in which questions differ most, for the features |
"""

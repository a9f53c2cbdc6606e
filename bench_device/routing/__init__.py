"""Labels for the router: every question answered by every model with every context, and what became of it.

| module | holds |
|---|---|
| ``sets`` | which questions, in which order |
| ``looking`` | one question and its memory: what is known before anything is generated |
| ``trying`` | one question, one model, its contexts: prompts, answers, scores |
| ``bench`` | the models, and what each is asked |
| ``judge`` | marks from 1 to 5 by a model elsewhere, where one is named |
| ``collect`` | the loop: resumable, one line per answer |
| ``directions`` | in which questions differ most, for the features |
"""

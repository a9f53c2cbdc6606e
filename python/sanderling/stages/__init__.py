"""The verbs of one request, one module each, in the order they run.

``embed → retrieve → features → route → context → generate → assess → writeback``; :mod:`sanderling.runtime` strings
them together and times each. A stage takes records and returns records (:mod:`sanderling.records`); what it needs to
hold on to, such as a loaded model, is passed in. ``choosing`` holds both steps of the router with what surrounds them,
``drafting`` the verbs between them.
"""

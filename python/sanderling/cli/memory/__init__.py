"""``sanderling memory``: inspect and maintain a memory file.

===================  ===================================================================
file                 holds
===================  ===================================================================
``app.py``           the command group
``show.py``          ``show``: what is stored of a document, or the table of documents
``add.py``           ``add``; ``input_text.py`` reads its text
``export.py``        ``export``
``import_lines.py``  ``import``
``forget.py``        ``forget``
``verify.py``        ``verify``; ``repair`` ends as it does
``repair.py``        ``repair``
``stats.py``         ``stats``
``compact.py``       ``compact``
``reembed.py``       ``reembed``
``prune.py``         ``prune``
``tidy.py``          ``tidy``
``summaries.py``     ``tidy --summaries``
``train.py``         ``train``
``kept_answers.py``  upkeep of the response cache after notes were deleted
===================  ===================================================================

Only ``add``, ``import``, ``reembed``, ``train``, ``tidy --summaries`` and a ``repair`` that embeds texts again need the
embedder.
"""

from .app import app as app

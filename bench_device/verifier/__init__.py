"""Comparison of verifiers on collected answers.

A verifier is good if its confidence in a draft tells whether the draft is right.

::

    rows ─► drafts ─► each verifier, fitted without the set it judges ─► confidence ─► report, plot, weights to ship

Every verifier judges each set by a fit to the other sets, so that its figures hold for notes and questions of a kind it
has not seen.

==============  ======================================================================
file            responsibility
==============  ======================================================================
``candidates``  the verifiers that are compared, and how each is fitted
``network``     the FastGRNN's second step as a verifier
``roc``         area under the ROC curve, with intervals
``going_on``    the utility of drafting again by each verifier's confidence
``report``      all figures of a collection
``run``         read rows, report, write the weights to ship
``tables``      Markdown tables
``plot``        selective accuracy as an SVG plot
==============  ======================================================================
"""

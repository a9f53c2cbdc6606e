"""``sanderling models``: list, download, requantize, verify and remove models.

==================  ===================================================
file                holds
==================  ===================================================
``app.py``          the command group
``arguments.py``    arguments that several of the commands share
``add.py``          ``add``: add a model that is not known
``list_models.py``  ``list``: all known models, and those on this device
``fit.py``          ``fit``: models whose memory fits this device
``pull.py``         ``pull``: download a model
``requantize.py``   ``requantize``: make a quicker quantization
``synth.py``        ``synth``: write a synthetic model
``verify.py``       ``verify``: compare files with their SHA-256
``rm.py``           ``rm``: remove a model
==================  ===================================================
"""

from .app import app as app

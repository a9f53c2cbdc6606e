"""``sanderling router``: collect training data; train, install and export a router.

=================  ==================================================================
file               holds
=================  ==================================================================
``app.py``         the command group
``collect.py``     ``collect``: answers of every model to many questions
``components.py``  ``components``: the directions in which questions differ most
``train.py``       ``train``: train a router, and install it if it is better
``show.py``        ``show``: the installed router and the one that ships
``rollback.py``    ``rollback``: the previous router again
``export.py``      ``export``: a trained router as an ONNX or TFLite model
=================  ==================================================================
"""

from .app import app as app

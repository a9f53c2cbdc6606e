"""Read Org files: the outline as Markdown (``org.py``), and the links (``links.py``)."""

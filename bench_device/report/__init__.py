"""The record of a benchmark run, and its output formats.

====================================  ================================================
file                                  responsibility
====================================  ================================================
``run``                               the record of a run, and its JSON lines
``markdown``                          tables for a terminal
``html``, ``plots``, ``chart``        one self-contained HTML page with plots
====================================  ================================================
"""

from .run import Run, Settings

__all__ = ["Run", "Settings"]

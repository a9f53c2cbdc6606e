"""The record of a benchmark run, and its output formats.

====================================  ================================================
file                                  responsibility
====================================  ================================================
``run``                               the record of a run, and its JSON lines
``markdown``                          tables for a terminal
``advice``                            what to do about a run
``html``, ``style``, ``words``        one self-contained HTML page, for a phone
``plots``, ``chart``                  its plots
====================================  ================================================
"""

from .run import Run, Settings

__all__ = ["Run", "Settings"]

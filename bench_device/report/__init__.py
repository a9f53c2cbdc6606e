"""One run of the benchmark as a record, and the forms it is read in.

| file | responsibility |
|---|---|
| ``run.py`` | the record of a run; its JSON lines, and back |
| ``markdown.py`` | tables for a terminal |
| ``html.py``, ``plots.py``, ``chart.py`` | one file for a browser, without anything from outside |
"""

from .run import Run, Settings

__all__ = ["Run", "Settings"]

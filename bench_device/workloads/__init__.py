"""What is asked on a device: notes to ingest, and questions whose answers are known.

| folder | what it is |
|---|---|
| ``station/`` | 72 files about an invented polar station, in five formats, and 100 questions; written by us |

Every person, place, machine and number of the station is invented, so no model can have learned an answer. Names of
machines lead to keepers, keepers to their own pages: a question of two or three hops needs as many notes.
"""

from .workload import Question, Workload, load

__all__ = ["Question", "Workload", "load"]

"""Workloads: notes to ingest, and questions with known answers.

============  =======================================================================================
folder        content
============  =======================================================================================
``station/``  72 files about an invented polar station, in five formats, and 100 questions; our own
============  =======================================================================================

Every person, place, machine and number of the station is invented, so no model can know an answer. Notes on machines
name their keepers, who have notes of their own; a question of two or three hops needs as many notes.
"""

from .workload import Question, Workload, load

__all__ = ["Question", "Workload", "load"]

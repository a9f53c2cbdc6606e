"""Workloads: notes to ingest, and questions with known answers.

============  =======================================================================================
folder        content
============  =======================================================================================
``station/``  72 files about an invented polar station, in five formats, and 100 questions; our own
``vault/``    305 files of an invented bookbinder's vault, in three languages, and 120 questions; our own
``tasks/``    tasks about some of these notes: categories, fields to extract, key facts of summaries; our own
============  =======================================================================================

Every person, place, machine and number of both is invented, so no model can know an answer. The station's notes on
machines name their keepers, who have notes of their own; a question of two or three hops needs as many notes.

The vault is written as people write in Obsidian: daily notes, folders of projects with a ``meeting.md`` each,
wikilinks, tags, tables, CSV, clipped pages and PDFs (made by ``build/vault_pdfs.py``), in English, German and Spanish,
with older notes that newer ones contradict.
"""

from .workload import Question, Workload, document_id, load

__all__ = ["Question", "Workload", "document_id", "load"]

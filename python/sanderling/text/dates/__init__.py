"""Dates in names, fields and questions. Nothing here reads the clock.

==================  ===========================================================================
``moments.py``      times of options and fields normalised to UTC
``written.py``      dates as people write them
``relative.py``     dates said relative to today (``time_words.py``: their words)
``asked.py``        all dates of a question
``month_names.py``  months and weekdays in many languages
==================  ===========================================================================
"""

"""Set how often Python looks for reference cycles.

A command that answers once and ends wants no search, which costs 20 ms while its modules are imported. What runs for
long must search, or the cycles that libraries leave behind (asyncio one for each connection) are kept by the thousand.
"""

import gc

USUAL = gc.get_threshold()
"""Python's own thresholds, or those of the program that imports this package."""
START = 100_000
"""Threshold of new objects for a search while a command starts; Python's own is 700 or 2,000."""


def collect_seldom() -> None:
    """Look for reference cycles only after :data:`START` new objects. This suits a command that ends soon."""
    gc.set_threshold(START)


def collect_as_usual() -> None:
    """Look for reference cycles as often as Python does by default. This suits a process that runs for long."""
    gc.set_threshold(*USUAL)

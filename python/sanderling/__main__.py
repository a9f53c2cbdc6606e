"""``python -m sanderling``: the command line."""

from .cli import main

main()

"""Answer from some notes only: those with a tag, or of this year.

python examples/filter.py ~/notes 'Who repairs the feed pump?' engine
"""

from __future__ import annotations

import sys
from datetime import date

import sanderling


def main(folder: str, question: str, tag: str) -> None:
    filters = {
        f"tagged {tag}": sanderling.Filter(tags=(tag,)),
        "of this year": sanderling.Filter(since=f"{date.today().year}-01-01"),
    }
    with sanderling.Runtime.open("notes.sanderling") as runtime:
        runtime.add(folder)
        for name, filter in filters.items():
            print(f"notes {name}:")
            for note in runtime.search(question, filter=filter)[:3]:
                print(f"  {note.score:.2f}  {note.title}")
            try:
                print(runtime.ask(question, filter=filter).text)
            except sanderling.UsageError as error:  # no note passes the filter
                print(f"  {error}")


if __name__ == "__main__":
    main(*sys.argv[1:4])

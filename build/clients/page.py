"""Writes the table of docs/clients.md, which shows the features that work in each client."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from clients import CLIENTS

BEGIN, END = "<!-- written by `make test-clients` -->", "<!-- end -->"


def write_page(page: Path, told: Mapping[str, Sequence[Mapping]]) -> None:
    """Replace the table in a page with the results of the clients' checks."""
    head, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, _, tail = rest.partition(END)
    page.write_text(f"{head}{BEGIN}\n\n{table(told)}\n\n{END}{tail}", encoding="utf-8")


def table(told: Mapping[str, Sequence[Mapping]]) -> str:
    """Return a table with a row per feature and a column per client, empty where a client lacks the feature."""
    features = list(dict.fromkeys(line["feature"] for lines in told.values() for line in lines))
    cells = {(name, line["feature"]): line["ok"] for name, lines in told.items() for line in lines}
    words = {True: "yes", False: "**no**", None: ""}
    rows = [["feature", *told], ["---"] * (len(told) + 1)]
    rows.append(["version", *(CLIENTS[name].pins[0].partition("==")[2] for name in told)])
    rows += [[feature, *(words[cells.get((name, feature))] for name in told)] for feature in features]
    remarks = [
        f"- {name}, {line['feature']}: {line['remark']}"
        for name, lines in told.items()
        for line in lines
        if line["ok"] and line["remark"]
    ]
    return "\n".join([*map(_row, rows), "", *remarks]).rstrip()


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("  ", " ")

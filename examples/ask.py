"""Read a folder of notes and answer one question from them.

python examples/ask.py ~/notes 'Who repairs the feed pump?'
"""

from __future__ import annotations

import sys

import sanderling


def main(folder: str, question: str) -> None:
    with sanderling.Runtime.open("notes.sanderling") as runtime:
        report = runtime.add(folder)
        print(f"{report.added} notes added, {report.changed} changed, {report.unchanged} unchanged")
        answer = runtime.ask(question, budget_ms=10_000)
        print(answer.text)
        for source in answer.sources:
            print(f"  {source.score:.2f}  {source.title}  ({source.uri})")
        print(f"  {answer.route.model_id}, {answer.route.context_bin} context: {answer.route.reason}")
        for warning in answer.warnings:
            print(f"  note: {warning}")


if __name__ == "__main__":
    main(*sys.argv[1:3])

"""``sanderling cache``: show or empty the response cache.

The cache is off unless ``response_cache_bytes`` is set.
"""

from __future__ import annotations

import typer

from . import options, output

app = typer.Typer(help="The response cache: stats, clear.", no_args_is_help=True)


@app.command("stats", epilog="Example:  sanderling cache stats --json")
def stats(json: options.JsonOption = False) -> None:
    """Show the number of cached answers, the number of their uses, and the size of the cache."""
    import msgspec

    from ..models import configured
    from ..response_cache.answers import Answers

    settings, answers = configured.load(), Answers()
    exists = answers.path.exists()
    try:
        held = msgspec.structs.asdict(answers.stats()) if exists else {}
    finally:
        answers.close()
    facts = {
        "path": str(answers.path),
        "on": settings.response_cache_bytes > 0 and settings.log_query_text,
        "bound_bytes": settings.response_cache_bytes,
        "bound_days": settings.response_cache_days,
        **(held or {"answers": 0, "hits": 0, "used_bytes": 0, "oldest_days": 0.0}),
    }
    if json:
        output.json_line(facts)
    else:
        output.facts(facts)


@app.command("clear", epilog="Example:  sanderling cache clear")
def clear(json: options.JsonOption = False) -> None:
    """Delete all cached answers, and erase their words from the disk."""
    from ..response_cache.answers import Answers

    answers = Answers()
    try:
        count = answers.clear()
    finally:
        answers.close()
    if json:
        output.json_line({"forgotten": count})
    else:
        output.line(f"{count:,} answers forgotten")

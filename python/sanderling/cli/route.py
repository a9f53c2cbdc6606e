"""``sanderling route``: show how a question would be routed, and why.

No model is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import options, output
from .memory_warnings import reporting_warnings

if TYPE_CHECKING:
    from ..router.explain import Explanation

EXAMPLES = "Example:  sanderling route --explain 'Who repairs the pump?'"


def route(
    question: Annotated[str, typer.Argument(help="The question.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Also show every choice, the masks, and the features that mattered.")
    ] = False,
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    budget_ms: options.BudgetOption = None,
    privacy: options.PrivacyOption = None,
    json: options.JsonOption = False,
) -> None:
    """Show which model, context and sampling a question would get. No model is loaded."""
    from ..runtime import Runtime

    path = options.existing_memory(memory)
    runtime = Runtime.open(path, profile=profile, ladder=ladder, model=model, router=router, n_threads=threads)
    with reporting_warnings(runtime.memory, runtime):
        found = runtime.explain(question, budget_ms=budget_ms, privacy=privacy)
    if json:
        output.json_line(found if explain else found.route)
        return
    to = found.route
    output.line(
        f"{to.model_id}, {to.context_bin} context ({to.context_tokens} tokens), temperature {to.temperature:.2f},"
        f" top_p {to.top_p:.2f}, predicted {to.predicted_ms:,.0f} ms; router {to.router}: {to.reason}"
    )
    if explain:
        _show(found)


def _show(found: Explanation) -> None:
    output.line()
    output.table(
        ("MODEL", "CONTEXT", "TOKENS", "PREDICTED MS", "PROBABILITY", "SPEEDS FROM", "MASKED"),
        [
            (
                each.model_id,
                each.context_bin,
                str(each.context_tokens),
                f"{each.predicted_ms:,.0f}",
                "" if each.masked else f"{each.probability:.2f}",
                each.speeds_from,
                each.masked,
            )
            for each in found.choices
        ],
    )
    output.line()
    output.table(
        ("FEATURE", "VALUE", "EFFECT", "UNIT"),
        [
            (each.name, f"{each.value:.3g}", "read" if each.effect is None else f"{each.effect:+.2f} nats", each.unit)
            for each in found.mattered
        ],
    )

"""The command group ``sanderling bench``."""

from __future__ import annotations

import typer

from . import (
    answers,
    ask,
    compare,
    contention,
    demo,
    everything,
    ingest,
    memory,
    model,
    parity,
    retrieval,
    reuse,
    router,
    router_forward,
    scenarios,
    scripts,
    startup,
    state,
    watch,
)

app = typer.Typer(
    help="Measure this device; every figure comes with its machine, settings and samples.", epilog=everything.EXAMPLES
)
app.callback(invoke_without_command=True)(everything.everything)
app.command("model", epilog=model.EXAMPLES)(model.model)
app.command("scenarios", epilog=scenarios.EXAMPLES)(scenarios.scenarios)
app.command("compare", epilog=compare.EXAMPLES)(compare.compare)
app.command("ask", epilog=ask.EXAMPLES)(ask.ask)
app.command("answers", epilog=answers.EXAMPLES)(answers.answers)
app.command("parity", epilog=parity.EXAMPLES)(parity.parity)
app.command("state", epilog=state.EXAMPLES)(state.state)
app.command("contention", epilog=contention.EXAMPLES)(contention.contention)
app.command("reuse", epilog=reuse.EXAMPLES)(reuse.reuse)
app.command("retrieval", epilog=retrieval.EXAMPLES)(retrieval.retrieval)
app.command("scripts", epilog=scripts.EXAMPLES)(scripts.scripts)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.command("router", epilog=router.EXAMPLES)(router.router)
app.command("router-forward", epilog=router_forward.EXAMPLES)(router_forward.router_forward)
app.command("startup", epilog=startup.EXAMPLES)(startup.startup)
app.command("memory", epilog=memory.EXAMPLES)(memory.memory)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)

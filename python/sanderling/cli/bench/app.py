"""The command group ``sanderling bench``."""

from __future__ import annotations

import typer

from . import (
    answers,
    ask,
    compare,
    concurrency,
    contention,
    demo,
    everything,
    hub,
    ingest,
    memory,
    model,
    parity,
    peers,
    quote,
    retrieval,
    reuse,
    router,
    router_forward,
    sanity,
    scenarios,
    scripts,
    service,
    startup,
    state,
    tasks,
    tiers,
    verifier,
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
app.command("peers", epilog=peers.EXAMPLES)(peers.peers)
app.command("state", epilog=state.EXAMPLES)(state.state)
app.command("contention", epilog=contention.EXAMPLES)(contention.contention)
app.command("concurrency", epilog=concurrency.EXAMPLES)(concurrency.concurrency)
app.command("reuse", epilog=reuse.EXAMPLES)(reuse.reuse)
app.command("retrieval", epilog=retrieval.EXAMPLES)(retrieval.retrieval)
app.command("quote", epilog=quote.EXAMPLES)(quote.quote)
app.command("scripts", epilog=scripts.EXAMPLES)(scripts.scripts)
app.command("ingest", epilog=ingest.EXAMPLES)(ingest.ingest)
app.command("watch", epilog=watch.EXAMPLES)(watch.watch)
app.command("router", epilog=router.EXAMPLES)(router.router)
app.command("router-forward", epilog=router_forward.EXAMPLES)(router_forward.router_forward)
app.command("sanity", epilog=sanity.EXAMPLES)(sanity.sanity)
app.command("tasks", epilog=tasks.EXAMPLES)(tasks.tasks)
app.command("verifier", epilog=verifier.EXAMPLES)(verifier.verifier)
app.command("startup", epilog=startup.EXAMPLES)(startup.startup)
app.command("service", epilog=service.EXAMPLES)(service.service)
app.command("tiers", epilog=tiers.EXAMPLES)(tiers.tiers)
app.command("memory", epilog=memory.EXAMPLES)(memory.memory)
app.command("demo", epilog=demo.EXAMPLES)(demo.demo)
app.command("hub", epilog=hub.EXAMPLES)(hub.hub)

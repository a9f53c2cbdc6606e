"""``sanderling chat``: a conversation about the notes."""

from __future__ import annotations

import contextlib
import sys

from ..errors import EngineError, UsageError
from . import options, output
from .interrupt import stops_the_answer
from .memory_warnings import reporting_warnings

EXAMPLES = (
    "In the chat:  /new forgets the conversation, more shows the next page of a list, /quit or Ctrl-D leaves, "
    "Ctrl-C stops an answer."
)


def chat(
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    budget_ms: options.BudgetOption = None,
    privacy: options.PrivacyOption = "local",
    max_tokens: options.MaxTokensOption = 256,
    type: options.TypeOption = None,
    source: options.SourceOption = None,
    tag: options.TagOption = None,
    domain: options.DomainOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    under: options.InOption = None,
    limit: options.LimitOption = 20,
    json: options.JsonOption = False,
) -> None:
    """Ask questions that build on earlier ones; the state of earlier turns is kept. With --json one value per line."""
    options.begin_worker(memory)
    from ..runtime import Runtime
    from .ask import offer_to_remember, print_below

    with contextlib.suppress(ImportError):  # line editing where the platform has it
        import readline  # noqa: F401

    filter = options.filter_of(type, source, tag, domain, since, until, under)
    path = options.existing_memory(memory)
    runtime = Runtime.open(
        path,
        profile=profile,
        ladder=ladder,
        model=model,
        engine=engine,
        router=router,
        n_threads=threads,
        preload=model is not None or budget_ms is None,
    )
    with reporting_warnings(runtime.memory, runtime):
        conversation = runtime.chat(filter=filter)
        stream = None if json else output.part
        while True:
            try:
                line = output.typed("" if json or not sys.stdin.isatty() else "\n> ").strip()
            except EOFError:
                return
            if line in {"/quit", "/exit"}:
                return
            if not line:
                continue
            if line == "/new":
                conversation.clear()
                continue
            try:
                with stops_the_answer(runtime):
                    answer = conversation.ask(
                        line, budget_ms=budget_ms, privacy=privacy, max_tokens=max_tokens, limit=limit, stream=stream
                    )
            except KeyboardInterrupt:
                output.text("\n(stopped)", err=True)
                continue
            except (UsageError, EngineError) as error:
                # One bad turn does not end a conversation.
                if json:
                    output.failure(error)
                output.warn(str(error))
                continue
            if json:
                output.json_line(answer)
            else:
                print_below(answer)
                if answer.finish_reason != "cancelled" and answer.route.model_id:
                    offer_to_remember(runtime, line, answer)

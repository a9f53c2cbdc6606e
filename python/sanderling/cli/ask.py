"""``sanderling ask``: answer one question, with sources."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from . import options, output, quoted
from .answer import print_below, print_quoted, show_quote
from .interrupt import EXIT_CODE, stops_the_answer
from .leaving import leaving
from .memory_warnings import reporting_warnings
from .question import QuestionArgument, given_question, read_question
from .through import service_for

if TYPE_CHECKING:
    from ..records import Answer
    from ..runtime import Runtime

EXAMPLES = (
    "Examples:  sanderling ask 'Who repairs the pump?'   |   sanderling ask --quote 'Who repairs the pump?'   |   "
    "echo 'Who …?' | sanderling ask - --json"
)


def ask(
    question: QuestionArgument,
    memory: options.MemoryOption = None,
    model: options.ModelOption = None,
    ladder: options.LadderOption = None,
    router: options.RouterOption = "auto",
    engine: options.EngineOption = "auto",
    profile: options.ProfileOption = "auto",
    threads: options.ThreadsOption = None,
    budget_ms: options.BudgetOption = None,
    context: options.ContextOption = None,
    privacy: options.PrivacyOption = None,
    max_tokens: options.MaxTokensOption = 256,
    type: options.TypeOption = None,
    source: options.SourceOption = None,
    tag: options.TagOption = None,
    domain: options.DomainOption = None,
    since: options.SinceOption = "",
    until: options.UntilOption = "",
    under: options.InOption = None,
    limit: options.LimitOption = 20,
    start: options.StartOption = 1,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Generate the answer even if one is kept, and do not keep it.")
    ] = False,
    quote: Annotated[
        bool, typer.Option("--quote", help="Only show the sentence of the notes that answers best; no model is run.")
    ] = False,
    no_server: options.NoServerOption = False,
    verbose: options.VerboseOption = False,
    json: options.JsonOption = False,
) -> None:
    """Answer a question from the memory.

    A terminal shows at once the sentence of the notes that answers best, until a model has answered.
    """
    if quote:
        wanted = (type, source, tag, domain, since, until, under)
        answer = quoted.answer(question, memory, wanted, threads, no_server, limit=limit, start=start)
        output.json_line(answer) if json else print_quoted(answer, verbose)
        return
    opening: Any = {"model": model, "ladder": ladder, "router": router, "engine": engine, "profile": profile}
    wanted = (type, source, tag, domain, since, until, under)
    runtime: Any = service_for(memory, no_server, threads=threads, **opening)
    holder: Any = runtime
    filter: Any
    if runtime is not None:
        question, filter = given_question(question), options.filter_fields(*wanted)
    else:
        options.begin_worker(memory)
        from ..runtime import Runtime

        question, filter = read_question(question), options.filter_of(*wanted)
        # A budget may call for a smaller model than usual.
        preload = model is not None or budget_ms is None
        runtime = Runtime.open(options.existing_memory(memory), n_threads=threads, preload=preload, **opening)
        holder = leaving(runtime)
    with reporting_warnings(runtime.memory, holder):
        stream = None if json else output.part
        with stops_the_answer(runtime):
            answer = runtime.ask(
                question,
                budget_ms=budget_ms,
                privacy=privacy,
                max_tokens=max_tokens,
                context=context,
                filter=filter,
                cache=not no_cache,
                limit=limit,
                start=start,
                stream=stream,
                on_quote=None if json else show_quote,
            )
        if json:
            output.json_line(answer)
        else:
            print_below(answer, verbose)
        if answer.finish_reason == "cancelled":
            raise typer.Exit(EXIT_CODE)
        if not json and answer.route.model_id:
            offer_to_remember(runtime, question, answer)


def offer_to_remember(runtime: Runtime, question: str, answer: Answer) -> None:
    """Ask whether to write the answer into the memory. Only if ``write_back`` is ``"ask"`` and stdin is a terminal."""
    wanted = runtime.config.write_back == "ask" and sys.stdin.isatty() and answer.finish_reason == "stop"
    if wanted and output.confirm("Remember this answer?"):
        try:
            runtime.remember(question, answer)
        except UsageError as error:  # the answer itself stands
            output.warn(str(error))
